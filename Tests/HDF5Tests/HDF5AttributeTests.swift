import CHDF5
import Tensors
import TestFixtures
import Testing

@testable import HDF5

@Suite struct HDF5AttributeTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func attributesOfEveryKindOnEveryObject() throws {
        func set(_ object: borrowing some HDF5Object & ~Copyable) throws {
            try object.setAttribute("text", to: "grüße, \(object.path)")
            try object.setAttribute("empty", to: "")
            try object.setAttribute("integer", to: Int.min)
            try object.setAttribute("double", to: 0.1)
            try object.setAttribute("integers", to: [1, -2, 3])
            try object.setAttribute("doubles", to: [0.5, .infinity])
            try object.setAttribute("none", to: [Double]())
        }
        func check(_ object: borrowing some HDF5Object & ~Copyable) throws {
            let names = try object.attributeNames()
            #expect(names == ["double", "doubles", "empty", "integer", "integers", "none", "text"])
            #expect(try object.stringAttribute("text") == "grüße, \(object.path)")
            #expect(try object.stringAttribute("empty") == "")
            #expect(try object.integerAttribute("integer") == Int.min)
            #expect(try object.doubleAttribute("double") == 0.1)
            #expect(try object.integerArrayAttribute("integers") == [1, -2, 3])
            #expect(try object.doubleArrayAttribute("doubles") == [0.5, .infinity])
            #expect(try object.doubleArrayAttribute("none") == [])
            let described = try object.attributeType("integers")
            #expect(described.type == .element(.int64) && described.shape == [3])
            #expect(try object.attributeType("text").type == .variableString)
            #expect(try object.hasAttribute("text") && object.hasAttribute("other") == false)
        }
        let path = directory.file("attributes.h5")
        do {
            let file = try HDF5File(creating: path)
            let group = try file.createGroup("g")
            let dataset = try file.createDataset("g/d", of: .int8, shape: [1])
            try set(file)
            try set(group)
            try set(dataset)
            try file.close()
        }
        let file = try HDF5File(reading: path)
        let group = try file.openGroup("g")
        let dataset = try group.openDataset("d")
        try check(file)
        try check(group)
        try check(dataset)
    }

    @Test func largeValuesAndReplacement() throws {
        let path = directory.file("large.h5")
        let text = String(repeating: "éa", count: 70_000)
        let numbers = (0..<30_000).map { $0 * 3 }
        do {
            let file = try HDF5File(creating: path)
            try file.setAttribute("text", to: "short")
            try file.setAttribute("text", to: text)
            try file.setAttribute("numbers", to: 1.5)
            try file.setAttribute("numbers", to: numbers)
            try file.close()
        }
        let file = try HDF5File(reading: path)
        #expect(try file.stringAttribute("text") == text)
        #expect(try file.integerArrayAttribute("numbers") == numbers)
        #expect(
            errorCode { () throws(HDF5Error) in _ = try file.stringAttribute("text", limit: 1000) } == .limitExceeded)
        #expect(
            errorCode { () throws(HDF5Error) in _ = try file.integerArrayAttribute("numbers", limit: 1000) }
                == .limitExceeded)
    }

    @Test func wrongRequestsAreToldApart() throws {
        let file = try HDF5File(creating: directory.file("wrong.h5"))
        try file.setAttribute("text", to: "1")
        try file.setAttribute("double", to: 1.0)
        try file.setAttribute("integers", to: [1, 2])
        #expect(errorCode { () throws(HDF5Error) in _ = try file.integerAttribute("text") } == .wrongType)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.integerAttribute("double") } == .wrongType)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.doubleAttribute("integers") } == .wrongType)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.stringAttribute("double") } == .wrongType)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.integerAttribute("integers") } == .shapeMismatch)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.integerAttribute("none") } == .notFound)
        #expect(errorCode { () throws(HDF5Error) in try file.setAttribute("", to: 1) } == .invalidName)
    }

    @Test func unsignedAndSmallIntegersOfOthersAreRead() throws {
        let path = directory.file("unsigned.h5")
        do {
            HDF5Library.lock()
            defer { HDF5Library.unlock() }
            let file = H5Fcreate(path, chdf5_truncate(), 0, 0)
            let space = H5Screate(H5S_SCALAR)
            for (name, value) in [("fits", UInt64(Int.max)), ("large", UInt64(Int.max) + 1)] {
                let attribute = H5Acreate2(file, name, chdf5_native_uint64(), space, 0, 0)
                H5Awrite(attribute, chdf5_native_uint64(), [value])
                H5Aclose(attribute)
            }
            let attribute = H5Acreate2(file, "byte", chdf5_native_uint8(), space, 0, 0)
            H5Awrite(attribute, chdf5_native_uint8(), [UInt8(200)])
            H5Aclose(attribute)
            H5Sclose(space)
            H5Fclose(file)
        }
        let file = try HDF5File(reading: path)
        #expect(try file.integerAttribute("fits") == Int.max)
        #expect(try file.integerAttribute("byte") == 200)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.integerAttribute("large") } == .outOfRange)
    }
}
