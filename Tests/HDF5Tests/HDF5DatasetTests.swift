import CHDF5
import Tensors
import TestFixtures
import Testing

@testable import HDF5

/// The layouts that every type must survive.
enum LayoutCase: String, CaseIterable {
    case contiguous, chunked, shuffled, deflated, extendable

    func layout(chunk: [Int]) -> HDF5Layout {
        switch self {
        case .contiguous: .contiguous
        case .chunked: .chunked(HDF5Chunking(shape: chunk))
        case .shuffled: .chunked(HDF5Chunking(shape: chunk, compression: HDF5Compression(level: 4)))
        case .deflated:
            .chunked(HDF5Chunking(shape: chunk, compression: HDF5Compression(level: 9, shuffles: false)))
        case .extendable:
            .chunked(HDF5Chunking(shape: chunk, compression: HDF5Compression(level: 1), isExtendable: true))
        }
    }
}

@Suite struct HDF5DatasetTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    func roundTrip<T: TensorElement>(_ values: [T], _ layout: HDF5Layout) throws -> Bool {
        let path = directory.file("\(T.elementType.name).h5")
        let row = values.count / 4
        do {
            let file = try HDF5File(creating: path, replacing: true)
            let flat = try file.createDataset("flat", of: T.elementType, shape: [values.count])
            try flat.write(values)
            let deep = try file.createDataset("deep", of: T.elementType, shape: [4, row / 2, 2], layout: layout)
            try deep.write(Array(values[..<(3 * row)]))
            try deep.write(Array(values[(3 * row)...]), atRow: 3)
            try file.close()
        }
        let file = try HDF5File(reading: path)
        let flat = try file.openDataset("flat")
        let deep = try file.openDataset("deep")
        let slice = try deep.read(T.self, rows: 1..<3)
        var lent = [T](repeating: .zero, count: row)
        var span = lent.mutableSpan
        try deep.read(into: &span, fromRow: 2)
        return try flat.read() == values && deep.read() == values && slice == Array(values[row..<3 * row])
            && lent == Array(values[2 * row..<3 * row])
            && deep.shape() == [4, row / 2, 2] && deep.elementType() == T.elementType
            && deep.isExtendable() == (layout.isExtendable)
    }

    @Test(arguments: LayoutCase.allCases)
    func everyTypeComesBack(layoutCase: LayoutCase) throws {
        func integers<T: TensorElement & FixedWidthInteger>(_ type: T.Type) throws -> Bool {
            var generator = SplitMix(state: 1)
            let values = (0..<48).map {
                $0 == 0 ? T.min : $0 == 1 ? T.max : T.random(in: .min ... .max, using: &generator)
            }
            return try roundTrip(values, layoutCase.layout(chunk: [3, 5, 2]))
        }
        func floats<T: TensorElement>(_ convert: (Float) -> T) throws -> Bool {
            let values = (0..<48).map { convert($0 == 0 ? .infinity : Float($0 - 24) / 7) }
            return try roundTrip(values, layoutCase.layout(chunk: [2, 6, 1]))
        }
        #expect(try integers(Int8.self) && integers(Int16.self) && integers(Int32.self) && integers(Int64.self))
        #expect(try integers(UInt8.self) && integers(UInt16.self) && integers(UInt32.self) && integers(UInt64.self))
        #expect(try floats { Float16($0) } && floats { BFloat16($0) } && floats { $0 } && floats { Double($0) / 3 })
    }

    @Test func everyBFloat16PatternIsStoredAsItIs() throws {
        let path = directory.file("patterns.h5")
        let values = (UInt16.min...UInt16.max).map { BFloat16(bitPattern: $0) }
        do {
            let file = try HDF5File(creating: path)
            let dataset = try file.createDataset("x", of: .bfloat16, shape: [values.count])
            try dataset.write(values)
            try file.close()
        }
        let file = try HDF5File(reading: path)
        let dataset = try file.openDataset("x")
        #expect(try dataset.read(BFloat16.self).map(\.bitPattern) == values.map(\.bitPattern))
    }

    @Test func scalarsAndEmptyDatasets() throws {
        let file = try HDF5File(creating: directory.file("scalar.h5"))
        let scalar = try file.createDataset("scalar", of: .float64, shape: [])
        try scalar.write([2.5])
        #expect(try scalar.read(Double.self) == [2.5] && scalar.shape() == [])
        let empty = try file.createDataset("empty", of: .float64, shape: [0])
        try empty.write([Double]())
        #expect(try empty.read(Double.self) == [])
        let hollow = try file.createDataset("hollow", of: .float64, shape: [3, 0])
        #expect(try hollow.read(Double.self, rows: 1..<2) == [])
    }

    @Test func appendsAndDescribesItself() throws {
        let file = try HDF5File(creating: directory.file("append.h5"))
        let chunking = HDF5Chunking(shape: [4, 3], compression: HDF5Compression(level: 5), isExtendable: true)
        let dataset = try file.createDataset("x", of: .int32, shape: [0, 3], layout: .chunked(chunking))
        var expected: [Int32] = []
        for count in [1, 2, 0, 7, 3] {
            let rows = (0..<Int32(count * 3)).map { $0 + Int32(expected.count) }
            try dataset.append(rows)
            expected += rows
        }
        #expect(try dataset.read() == expected && dataset.shape() == [13, 3])
        #expect(try dataset.chunkShape() == [4, 3] && dataset.filters() == [.shuffle, .deflate(level: 5)])
        #expect(try dataset.isExtendable() && dataset.isString() == false)
        #expect(errorCode { () throws(HDF5Error) in try dataset.append([1, 2] as [Int32]) } == .shapeMismatch)
        let fixed = try file.createDataset("fixed", of: .int32, shape: [3])
        #expect(errorCode { () throws(HDF5Error) in try fixed.append([1] as [Int32]) } == .shapeMismatch)
    }

    @Test func brokenRequestsAreToldApart() throws {
        let file = try HDF5File(creating: directory.file("requests.h5"))
        let dataset = try file.createDataset("x", of: .int32, shape: [4, 2])
        #expect(errorCode { () throws(HDF5Error) in _ = try dataset.read(Int64.self) } == .wrongType)
        #expect(errorCode { () throws(HDF5Error) in _ = try dataset.read(UInt32.self) } == .wrongType)
        #expect(errorCode { () throws(HDF5Error) in _ = try dataset.readStrings() } == .wrongType)
        #expect(errorCode { () throws(HDF5Error) in try dataset.write([1.0] as [Double]) } == .wrongType)
        #expect(errorCode { () throws(HDF5Error) in _ = try dataset.read(Int32.self, rows: 3..<5) } == .outOfRange)
        #expect(errorCode { () throws(HDF5Error) in _ = try dataset.read(Int32.self, rows: -1..<2) } == .outOfRange)
        #expect(errorCode { () throws(HDF5Error) in _ = try dataset.read(Int32.self, limit: 31) } == .limitExceeded)
        #expect(errorCode { () throws(HDF5Error) in try dataset.write([1, 2, 3] as [Int32]) } == .shapeMismatch)
        #expect(errorCode { () throws(HDF5Error) in try dataset.write([1, 2] as [Int32], atRow: 4) } == .outOfRange)
        #expect(errorCode { () throws(HDF5Error) in try dataset.write([1, 2] as [Int32], atRow: .max) } == .outOfRange)
        #expect(try dataset.read(Int32.self, limit: 32) == [Int32](repeating: 0, count: 8))
    }

    @Test func brokenLayoutsAreRefused() throws {
        let file = try HDF5File(creating: directory.file("layouts.h5"))
        let tooDeep = [Int](repeating: 1, count: 33)
        for (shape, layout) in [
            ([-1], HDF5Layout.contiguous), (tooDeep, .contiguous),
            ([4], .chunked(HDF5Chunking(shape: [0]))), ([4], .chunked(HDF5Chunking(shape: [2, 2]))),
            ([4], .chunked(HDF5Chunking(shape: [5]))), ([], .chunked(HDF5Chunking(shape: []))),
            ([4], .chunked(HDF5Chunking(shape: [4], compression: HDF5Compression(level: 10)))),
            ([0], .chunked(HDF5Chunking(shape: [1 << 31], isExtendable: true))),
        ] {
            let code = errorCode { () throws(HDF5Error) in
                _ = try file.createDataset("x", of: .int32, shape: shape, layout: layout)
            }
            #expect(code == .invalidArgument, "\(shape) \(layout)")
        }
        #expect(
            errorCode { () throws(HDF5Error) in _ = try file.createDataset("x", of: .int8, shape: [.max, 3]) }
                == .limitExceeded)
    }

    @Test func otherByteOrdersAndEnumerationsAreRead() throws {
        let path = directory.file("orders.h5")
        do {
            HDF5Library.lock()
            defer { HDF5Library.unlock() }
            let file = H5Fcreate(path, chdf5_truncate(), 0, 0)
            var extent: hsize_t = 2
            let space = H5Screate_simple(1, &extent, nil)
            for type in [ElementType.int32, .bfloat16] {
                let stored = HDF5ValueType.memoryType(type)
                H5Tset_order(stored, H5T_ORDER_BE)
                let dataset = H5Dcreate2(file, type.name, stored, space, 0, 0, 0)
                let memory = HDF5ValueType.memoryType(type)
                var values: [Int32] = type == .int32 ? [1, -2] : [0x4000_3f80, 0]
                H5Dwrite(dataset, memory, 0, 0, 0, &values)
                H5Dclose(dataset)
            }
            let boolean = H5Tenum_create(chdf5_native_int8())
            var values: [Int8] = [0, 1]
            H5Tenum_insert(boolean, "FALSE", &values[0])
            H5Tenum_insert(boolean, "TRUE", &values[1])
            let dataset = H5Dcreate2(file, "bool", boolean, space, 0, 0, 0)
            H5Dwrite(dataset, boolean, 0, 0, 0, &values)
            H5Dclose(dataset)
            H5Fclose(file)
        }
        let file = try HDF5File(reading: path)
        let integers = try file.openDataset("int32")
        #expect(try integers.read(Int32.self) == [1, -2])
        let halves = try file.openDataset("bfloat16")
        #expect(try halves.read(BFloat16.self).map { Float($0) } == [1, 2])
        let booleans = try file.openDataset("bool")
        #expect(try booleans.valueType() == .enumeration(.int8) && booleans.read(Int8.self) == [0, 1])
        #expect(errorCode { () throws(HDF5Error) in _ = try booleans.read(UInt8.self) } == .wrongType)
    }
}

extension HDF5Layout {
    var isExtendable: Bool {
        if case .chunked(let chunking) = self { return chunking.isExtendable }
        return false
    }
}
