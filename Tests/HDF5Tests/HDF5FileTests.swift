import CHDF5
import Glibc
import Tensors
import TestFixtures
import Testing

@testable import HDF5

@Suite struct HDF5FileTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func groupsNestAndAreListed() throws {
        let path = directory.file("groups.h5")
        let created = try HDF5File(creating: path)
        try created.createGroup("b/inner/δ")
        try created.createGroup("a")
        _ = try created.createDataset("b/numbers", of: .int8, shape: [2])
        try created.close()

        let file = try HDF5File(reading: path)
        let names = try file.children()
        #expect(names == [HDF5Child(name: "a", kind: .group), HDF5Child(name: "b", kind: .group)])
        let group = try file.openGroup("b")
        let members = try group.children()
        #expect(members.map(\.name) == ["inner", "numbers"] && members.map(\.kind) == [.group, .dataset])
        let inner = try group.openGroup("/inner//δ")
        #expect(inner.path == "/b/inner/δ")
        let found = try [
            file.exists("b/numbers"), file.exists("b/missing"), file.exists("b/numbers/below"), file.exists("c/d"),
        ]
        #expect(found == [true, false, false, false])
    }

    @Test func exclusiveCreationKeepsWhatIsThere() throws {
        let path = directory.file("exclusive.h5")
        try writeBytes([1, 2, 3], to: path)
        #expect(errorCode { () throws(HDF5Error) in _ = try HDF5File(creating: path) } == .fileExists)
        #expect(try readBytes(path) == [1, 2, 3])
        try HDF5File(creating: path, replacing: true).close()
        #expect(try readBytes(path).count > 3)
    }

    @Test func unusablePathsAreToldApart() throws {
        func opening(_ path: String) -> HDF5Error.Code? {
            errorCode { () throws(HDF5Error) in _ = try HDF5File(reading: path) }
        }
        #expect(opening(directory.file("missing.h5")) == .cannotOpen)
        #expect(opening(directory.path) == .cannotOpen)
        #expect(opening("") == .invalidName)
        #expect(opening("a\0b") == .invalidName)
        let text = directory.file("text.h5")
        try writeBytes("just some text, long enough for a signature".utf8, to: text)
        #expect(opening(text) == .notHDF5)
        try writeBytes([], to: text)
        #expect(opening(text) == .notHDF5)
        mkfifo(directory.file("fifo"), 0o600)
        #expect(opening(directory.file("fifo")) == .cannotOpen)
        let missing = directory.file("no/such/directory.h5")
        #expect(errorCode { () throws(HDF5Error) in _ = try HDF5File(creating: missing) } == .cannotCreate)
    }

    @Test func errorsAreOneLineWithTheInnermostCause() throws {
        let path = directory.file("no/such/directory.h5")
        do {
            _ = try HDF5File(creating: path)
            Issue.record("created a file in a missing directory")
        } catch {
            #expect(error.description.hasPrefix(path + ": cannot be created"))
            #expect(error.cause?.contains("No such file or directory") == true)
            #expect(!error.description.contains("\n"))
        }
    }

    @Test func wrongKindsAndNamesAreRefused() throws {
        let file = try HDF5File(creating: directory.file("kinds.h5"))
        try file.createGroup("group")
        _ = try file.createDataset("data", of: .float32, shape: [1])
        #expect(errorCode { () throws(HDF5Error) in _ = try file.openGroup("data") } == .wrongKind)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.openDataset("group") } == .wrongKind)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.openDataset("data/below") } == .wrongKind)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.openDataset("none") } == .notFound)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.openGroup("/") } == .invalidName)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.openGroup("./group") } == .invalidName)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.openGroup("gro\0up") } == .invalidName)
        #expect(errorCode { () throws(HDF5Error) in try file.createGroup("group") } == .alreadyExists)
        #expect(
            errorCode { () throws(HDF5Error) in _ = try file.createDataset("group", of: .int8, shape: [1]) }
                == .alreadyExists)
    }

    @Test func handlesOutliveTheFileButNotItsClosing() throws {
        let path = directory.file("lifetime.h5")
        func makeDataset() throws -> HDF5Dataset {
            let file = try HDF5File(creating: path)
            return try file.createDataset("x", of: .int32, shape: [2])
        }
        do {
            let dataset = try makeDataset()
            try dataset.write([1, 2] as [Int32])
        }
        let file = try HDF5File(reading: path)
        let dataset = try file.openDataset("x")
        #expect(try dataset.read(Int32.self) == [1, 2])
        // A second opening of the same file is not touched by the closing of the first.
        let again = try HDF5File(reading: path)
        let other = try again.openDataset("x")
        try file.close()
        #expect(errorCode { () throws(HDF5Error) in _ = try dataset.read(Int32.self) } == .closed)
        #expect(errorCode { () throws(HDF5Error) in _ = try dataset.attributeNames() } == .closed)
        #expect(try other.read(Int32.self) == [1, 2])
    }

    @Test func readOnlyFilesRefuseChanges() throws {
        let path = directory.file("readonly.h5")
        try HDF5File(creating: path).close()
        let before = try readBytes(path)
        let file = try HDF5File(reading: path)
        #expect(errorCode { () throws(HDF5Error) in try file.createGroup("g") } == .writeFailed)
        #expect(errorCode { () throws(HDF5Error) in try file.setAttribute("a", to: 1) } == .writeFailed)
        #expect(
            errorCode { () throws(HDF5Error) in _ = try file.createDataset("d", of: .int8, shape: [1]) } == .writeFailed
        )
        #expect(try readBytes(path) == before)
    }

    /// Builds a file with libhdf5 itself, for what this library does not write.
    func build(_ path: String, _ body: (hid_t) -> Void) {
        HDF5Library.lock()
        defer { HDF5Library.unlock() }
        let file = H5Fcreate(path, chdf5_truncate(), 0, 0)
        body(file)
        H5Fclose(file)
    }

    @Test func onlyHardLinksAreFollowed() throws {
        let path = directory.file("links.h5")
        build(path) { file in
            H5Gclose(H5Gcreate2(file, "target", 0, 0, 0))
            H5Lcreate_soft("/target", file, "soft", 0, 0)
            H5Lcreate_external("/etc/other.h5", "/x", file, "external", 0, 0)
        }
        let file = try HDF5File(reading: path)
        #expect(try file.children().map(\.kind) == [.externalLink, .softLink, .group])
        for name in ["soft", "external", "soft/below", "external/below"] {
            #expect(errorCode { () throws(HDF5Error) in _ = try file.openGroup(name) } == .linkRefused)
            #expect(errorCode { () throws(HDF5Error) in _ = try file.openDataset(name) } == .linkRefused)
        }
        #expect(try file.exists("soft") == false)
    }

    @Test func dataInOtherFilesIsRefused() throws {
        let path = directory.file("foreign.h5")
        build(path) { file in
            var extent: hsize_t = 4
            let space = H5Screate_simple(1, &extent, nil)
            let external = H5Pcreate(chdf5_dataset_create_class())
            H5Pset_external(external, "/etc/hostname", 0, 4)
            H5Dclose(H5Dcreate2(file, "external", chdf5_native_int8(), space, 0, external, 0))
            let virtual = H5Pcreate(chdf5_dataset_create_class())
            H5Pset_virtual(virtual, space, "/tmp/source.h5", "/x", space)
            H5Dclose(H5Dcreate2(file, "virtual", chdf5_native_int8(), space, 0, virtual, 0))
            let null = H5Screate(H5S_NULL)
            H5Dclose(H5Dcreate2(file, "null", chdf5_native_int8(), null, 0, 0, 0))
            for id in [external, virtual] { H5Pclose(id) }
            for id in [space, null] { H5Sclose(id) }
        }
        let file = try HDF5File(reading: path)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.openDataset("external") } == .externalStorage)
        #expect(errorCode { () throws(HDF5Error) in _ = try file.openDataset("virtual") } == .externalStorage)
        let null = try file.openDataset("null")
        #expect(errorCode { () throws(HDF5Error) in _ = try null.read(Int8.self) } == .unsupportedType)
    }

    @Test func hugeExtentsAllocateNothing() throws {
        let path = directory.file("huge.h5")
        build(path) { file in
            for (name, extents) in [("wide", [hsize_t(1) << 58]), ("overflowing", [1 << 40, 1 << 40])] {
                let space = H5Screate_simple(Int32(extents.count), extents, nil)
                let chunked = H5Pcreate(chdf5_dataset_create_class())
                H5Pset_chunk(chunked, Int32(extents.count), extents.map { _ in hsize_t(4) })
                H5Dclose(H5Dcreate2(file, name, chdf5_native_int8(), space, 0, chunked, 0))
                H5Pclose(chunked)
                H5Sclose(space)
            }
        }
        let file = try HDF5File(reading: path)
        for name in ["wide", "overflowing"] {
            let dataset = try file.openDataset(name)
            #expect(errorCode { () throws(HDF5Error) in _ = try dataset.read(Int8.self) } == .limitExceeded)
        }
        let wide = try file.openDataset("wide")
        #expect(try wide.read(Int8.self, rows: 1 << 40..<(1 << 40) + 3) == [0, 0, 0])
    }

    @Test func missingFiltersAreNamed() throws {
        let path = directory.file("filter.h5")
        build(path) { file in
            var extent: hsize_t = 4
            let space = H5Screate_simple(1, &extent, nil)
            let chunked = H5Pcreate(chdf5_dataset_create_class())
            H5Pset_chunk(chunked, 1, &extent)
            // 32001 is registered for Blosc; optional, so that libhdf5 makes the dataset without having it.
            H5Pset_filter(chunked, 32001, UInt32(H5Z_FLAG_OPTIONAL), 0, nil)
            H5Dclose(H5Dcreate2(file, "x", chdf5_native_int8(), space, 0, chunked, 0))
            H5Pclose(chunked)
            H5Sclose(space)
        }
        let file = try HDF5File(reading: path)
        let dataset = try file.openDataset("x")
        do {
            _ = try dataset.read(Int8.self)
            Issue.record("read through a filter that is not there")
        } catch {
            #expect(error.code == .unsupportedFilter && error.detail.contains("32001"))
        }
    }
}
