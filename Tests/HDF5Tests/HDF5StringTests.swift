import CHDF5
import Tensors
import TestFixtures
import Testing

@testable import HDF5

@Suite struct HDF5StringTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test(arguments: [1, 3, 100])
    func appendedStringsComeBack(batch: Int) throws {
        let path = directory.file("strings.h5")
        let strings = (0..<250).map { String(repeating: "ß\($0)🧮", count: $0 % 7 * ($0 == 160 ? 9000 : 1)) }
        do {
            let file = try HDF5File(creating: path)
            let layout = HDF5Layout.chunked(HDF5Chunking(shape: [64], isExtendable: true))
            let dataset = try file.createStringDataset("s", shape: [0], layout: layout)
            for start in stride(from: 0, to: strings.count, by: batch) {
                try dataset.appendStrings(Array(strings[start..<min(start + batch, strings.count)]))
            }
            try file.close()
        }
        let file = try HDF5File(reading: path)
        let dataset = try file.openDataset("s")
        #expect(try dataset.readStrings() == strings)
        #expect(try dataset.readStrings(rows: 60..<170) == Array(strings[60..<170]))
        #expect(try dataset.readStrings(rows: 5..<5) == [])
        #expect(try dataset.isString() && dataset.valueType() == .variableString && dataset.elementType() == nil)
        #expect(errorCode { () throws(HDF5Error) in _ = try dataset.readStrings(rows: 0..<251) } == .outOfRange)
    }

    @Test func fixedExtentStringsAreWrittenInPlace() throws {
        let file = try HDF5File(creating: directory.file("fixed.h5"))
        let dataset = try file.createStringDataset("s", shape: [3])
        try dataset.writeStrings(["b"], atRow: 1)
        #expect(try dataset.readStrings() == ["", "b", ""])
        // A chunk that was never written.
        let chunked = try file.createStringDataset(
            "chunked", shape: [4, 2], layout: .chunked(HDF5Chunking(shape: [2, 2])))
        try chunked.writeStrings(["x", "y"], atRow: 3)
        #expect(try chunked.readStrings(rows: 1..<4) == ["", "", "", "", "x", "y"])
        let scalar = try file.createStringDataset("scalar", shape: [])
        try scalar.writeStrings(["one"])
        #expect(try scalar.readStrings() == ["one"])
        #expect(errorCode { () throws(HDF5Error) in try dataset.appendStrings(["c"]) } == .shapeMismatch)
        #expect(errorCode { () throws(HDF5Error) in try dataset.writeStrings(["c"], atRow: 3) } == .outOfRange)
        let numbers = try file.createDataset("n", of: .int8, shape: [1])
        #expect(errorCode { () throws(HDF5Error) in try numbers.writeStrings(["c"]) } == .wrongType)
    }

    @Test func aNULIsRefusedBeforeAnythingIsWritten() throws {
        let file = try HDF5File(creating: directory.file("nul.h5"))
        let layout = HDF5Layout.chunked(HDF5Chunking(shape: [4], isExtendable: true))
        let dataset = try file.createStringDataset("s", shape: [0], layout: layout)
        #expect(errorCode { () throws(HDF5Error) in try dataset.appendStrings(["a", "b\0c"]) } == .embeddedNUL)
        #expect(try dataset.shape() == [0])
        #expect(errorCode { () throws(HDF5Error) in try file.setAttribute("a", to: "b\0c") } == .embeddedNUL)
        #expect(try file.attributeNames() == [])
    }

    @Test func theLimitCountsTheText() throws {
        let file = try HDF5File(creating: directory.file("limit.h5"))
        let dataset = try file.createStringDataset("s", shape: [2])
        try dataset.writeStrings([String(repeating: "x", count: 1000), "y"])
        #expect(errorCode { () throws(HDF5Error) in _ = try dataset.readStrings(limit: 31) } == .limitExceeded)
        #expect(errorCode { () throws(HDF5Error) in _ = try dataset.readStrings(limit: 1000) } == .limitExceeded)
        #expect(try dataset.readStrings(limit: 1100).map(\.count) == [1000, 1])
    }

    @Test func fixedLengthStringsOfOthersAreRead() throws {
        let path = directory.file("others.h5")
        do {
            HDF5Library.lock()
            defer { HDF5Library.unlock() }
            let file = H5Fcreate(path, chdf5_truncate(), 0, 0)
            var extent: hsize_t = 3
            let space = H5Screate_simple(1, &extent, nil)
            for (name, padding, bytes) in [
                ("nullterm", H5T_STR_NULLTERM, "abc\0d\0\0\0\0\0\0\0"), ("nullpad", H5T_STR_NULLPAD, "abcdé\0\0\0\0\0"),
                ("spacepad", H5T_STR_SPACEPAD, "abcdd       "),
            ] {
                let type = H5Tcopy(chdf5_c_string())
                H5Tset_size(type, 4)
                H5Tset_strpad(type, padding)
                H5Tset_cset(type, H5T_CSET_UTF8)
                let dataset = H5Dcreate2(file, name, type, space, 0, 0, 0)
                var raw = Array(bytes.utf8) + [0]
                H5Dwrite(dataset, type, 0, 0, 0, &raw)
                H5Dclose(dataset)
                H5Tclose(type)
            }
            // Latin-1 in a type that promises UTF-8.
            for (name, isVariable) in [("badFixed", false), ("badVariable", true)] {
                let type = HDF5ValueType.stringType(size: isVariable ? nil : 2)
                let dataset = H5Dcreate2(file, name, type, space, 0, 0, 0)
                var raw: [UInt8] = [0x61, 0, 0xe9, 0x61, 0, 0, 0]
                raw.withUnsafeMutableBufferPointer { raw in
                    let starts = [raw.baseAddress, raw.baseAddress.map { $0 + 2 }, raw.baseAddress]
                    _ =
                        isVariable
                        ? H5Dwrite(dataset, type, 0, 0, 0, starts) : H5Dwrite(dataset, type, 0, 0, 0, raw.baseAddress)
                }
                H5Dclose(dataset)
                H5Tclose(type)
            }
            H5Fclose(file)
        }
        let file = try HDF5File(reading: path)
        for (name, expected) in [
            ("nullterm", ["abc", "d", ""]), ("nullpad", ["abcd", "é", ""]), ("spacepad", ["abcd", "d", ""]),
        ] {
            let dataset = try file.openDataset(name)
            #expect(try dataset.readStrings() == expected)
            #expect(try dataset.valueType() == .fixedString(byteCount: 4))
        }
        for name in ["badFixed", "badVariable"] {
            let dataset = try file.openDataset(name)
            #expect(errorCode { () throws(HDF5Error) in _ = try dataset.readStrings() } == .invalidUTF8)
            #expect(try dataset.readStrings(rows: 0..<1) == ["a"])
        }
    }
}
