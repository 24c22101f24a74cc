import Tensors
import TestFixtures
import Testing

@testable import Checkpoints

@Suite struct GuardedListingTests {
    /// Opens a good file with a shell script in place of the program.
    private static func open(_ script: String) throws -> CheckpointError? {
        var options = ReadingOptions()
        options.hdf5 = .child(executable: "/bin/sh", arguments: ["-c", script])
        let path = try hdf5Golden("h5py/earliest.h5")
        return #expect(throws: CheckpointError.self) { try Checkpoint.open(path, options: options) }
    }

    @Test(arguments: [
        "kill -SEGV $$", "kill -ABRT $$", "kill -XCPU $$", "kill -KILL $$", "exit 3", "echo '{'; kill -BUS $$",
    ])
    func aChildThatFailsIsToldInOneLine(_ script: String) throws {
        let error = try Self.open(script)
        #expect(error?.code == .guardFailed)
        #expect(!(error?.description.contains("\n") ?? true))
    }

    @Test(arguments: [
        "true", "echo garbage", "echo '{}'", #"echo '{"version":2,"datasets":[],"warnings":[]}'"#,
        #"echo '{"version":1,"datasets":[{}],"warnings":[]}'"#,
        #"echo '{"version":1,"datasets":[{"path":"a","type":"float32","shape":[-1],"offset":0}],"warnings":[]}'"#,
        #"echo '{"version":1,"datasets":[{"path":"a","type":"float99","shape":[1],"offset":0}],"warnings":[]}'"#,
        #"echo '{"version":1,"datasets":[{"path":"a","type":"float32","shape":[1],"offset":-1}],"warnings":[]}'"#,
        #"echo '{"version":1,"datasets":[{"path":"a","type":"float32","shape":[1],"bytes":[256]}],"warnings":[]}'"#,
        #"echo '{"version":1,"datasets":[{"path":"a","type":"float32","shape":[4],"chunked":{"shape":[2],"filters":[],"fill":[],"chunks":[1,0,8,0,0,0,8,0]}}],"warnings":[]}'"#,
        #"echo '{"version":1,"datasets":[{"path":"a","type":"float32","shape":[4],"chunked":{"shape":[2],"filters":["zip"],"fill":[],"chunks":[]}}],"warnings":[]}'"#,
    ])
    func aTableThatIsNoneIsRefused(_ script: String) throws {
        #expect(try Self.open(script)?.code == .malformed)
    }

    @Test(arguments: [
        #"{"path":"a","type":"float32","shape":[1],"offset":1000000}"#,
        #"{"path":"a","type":"float32","shape":[4611686018427387904,4],"offset":0}"#,
        #"{"path":"a","type":"float32","shape":[2],"bytes":[1,2,3,4]}"#,
        #"{"path":"a","type":"float32","shape":[4],"chunked":{"shape":[2,2],"filters":[],"fill":[],"chunks":[]}}"#,
        #"{"path":"a","type":"float32","shape":[4],"chunked":{"shape":[0],"filters":[],"fill":[],"chunks":[]}}"#,
        #"{"path":"a","type":"float32","shape":[4],"chunked":{"shape":[4],"filters":[],"fill":[],"chunks":[0,9000000,16,0]}}"#,
    ])
    func whatTheTableSaysIsChecked(_ dataset: String) throws {
        let error = try Self.open(#"echo '{"version":1,"datasets":["# + dataset + #"],"warnings":[]}'"#)
        #expect(error?.code == .badTensor)
    }

    @Test func aChildThatHangsIsEnded() throws {
        let path = try hdf5Golden("h5py/earliest.h5")
        let listing = GuardedListing(
            executable: "/bin/sh", arguments: ["-c", "exec sleep 600"], path: path, wallSeconds: 1)
        let error = #expect(throws: CheckpointError.self) { try listing.list() }
        #expect(error?.code == .guardFailed)
    }

    @Test func anErrorOfTheChildIsPassedOn() throws {
        let directory = try TemporaryDirectory()
        var bytes = try readBytes(try hdf5Golden("h5py/v110.h5"))
        bytes.removeLast(bytes.count / 2)
        let path = try directory.write("-a.h5", bytes)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path, options: .guarded) }
        #expect(error?.code == .malformed)
        #expect(error?.message.contains("libhdf5") ?? false)
    }

    /// Files with some bytes changed: they are read, or refused with an error, whatever libhdf5 does.
    @Test(arguments: ["h5py/earliest.h5", "h5py/v110.h5", "keras/model.weights.h5"], 0..<15)
    func damagedFilesAreReadOrRefused(_ name: String, _ seed: Int) throws {
        var generator = SeededNumbers(state: UInt64(seed &* 977))
        let directory = try TemporaryDirectory()
        var bytes = try readBytes(try hdf5Golden(name))
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let place = Int.random(in: 8..<bytes.count - 8, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
            default: for index in 0..<8 { bytes[place + index] = 0xFF }
            }
        }
        let path = try directory.write("a.h5", bytes)
        do {
            let checkpoint = try Checkpoint.open(path, options: .guarded)
            for tensor in checkpoint.tensors where tensor.byteCount < 1 << 20 {
                do { _ = try checkpoint.bytes(of: tensor.name) } catch is CheckpointError {}
            }
        } catch is CheckpointError {}
    }

    @Test func aTableSurvivesItsText() throws {
        var listing = HDF5Listing()
        listing.attributes = [("a", "\"\\\n\0é")]
        listing.warnings = [CheckpointWarning(tensor: "x", "y"), CheckpointWarning("z")]
        let chunks = [ChunkedStorage.Chunk(number: 3, offset: 1 << 50, byteCount: 7, skippedFilters: .max)]
        let place = ChunkedStorage(
            file: 0, chunkShape: [2, 3], filters: [.shuffle, .deflate, .fletcher32], chunks: chunks,
            fillValue: [1, 255])
        listing.datasets = [
            .init(path: "a/\"b", type: .opaque(2), shape: [], storage: .inline([0, 255])),
            .init(
                path: "c", type: .tensor(.bfloat16), isBigEndian: true, shape: [5, 6], storage: .chunked(place),
                attributes: [("name", "n")]),
            .init(path: "d", type: .tensor(.bool), shape: [0], storage: .contiguous(offset: 9)),
            .init(path: "e", type: .tensor(.int8), shape: [1], storage: .unread(reason: "r")),
        ]
        let copy = try HDF5Listing(decoding: listing.encoded(), path: "p")
        #expect(copy.encoded() == listing.encoded())
        #expect(copy.datasets.count == 4 && copy.warnings == listing.warnings)
        #expect(copy.datasets[1].isBigEndian && copy.datasets[1].attribute("name") == "n")
    }
}
