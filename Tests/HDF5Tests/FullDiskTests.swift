import Glibc
import HDF5
import Tensors
import TestFixtures
import Testing

/// A file that may not grow, in a process of its own: the limit is one of the process.
@Suite struct FullDiskTests {
    @Test func aFullDiskIsAnErrorAndNothingElse() async throws {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardErrorContent, \.standardOutputContent]
        ) {
            signal(SIGXFSZ, SIG_IGN)
            let directory = try TemporaryDirectory()
            for kind in WriterKind.allCases {
                let needed = try kind.neededBytes(directory.file("size.h5"))
                // Every region of the file is the first to be refused in its turn.
                for step in 0...24 {
                    var limit = rlimit()
                    getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                    let allowed = rlimit(rlim_cur: rlim_t(needed * step / 25), rlim_max: limit.rlim_max)
                    withUnsafePointer(to: allowed) { _ = setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), $0) }
                    let path = directory.file("full.h5")
                    let code = errorCode { () throws(HDF5Error) in try kind.write(path) }
                    let dropped = errorCode { () throws(HDF5Error) in try kind.write(path, closing: false) }
                    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                    guard code == .writeFailed || code == .cannotCreate else { exit(Int32(step + 1)) }
                    guard dropped == nil || dropped == .writeFailed || dropped == .cannotCreate else { exit(50) }
                }
                // The library is as good as before.
                try kind.write(directory.file("after.h5"))
                guard readEverything(directory.file("after.h5")) > 0 else { exit(60) }
            }
        }
        #expect(result?.standardErrorContent == [])
    }
}

enum WriterKind: CaseIterable {
    case contiguous, chunkedWriter, appended, strings, attributes

    func neededBytes(_ path: String) throws -> Int {
        try write(path)
        var status = stat()
        guard stat(path, &status) == 0 else { throw SystemFailure(code: errno) }
        return Int(status.st_size)
    }

    func write(_ path: String, closing: Bool = true) throws(HDF5Error) {
        var generator = SplitMix(state: 9)
        let noise = (0..<60_000).map { _ in Int64.random(in: .min ... .max, using: &generator) }
        let file = try HDF5File(creating: path, replacing: true)
        let chunking = HDF5Chunking(shape: [1000], compression: HDF5Compression(level: 1), isExtendable: true)
        switch self {
        case .contiguous:
            let dataset = try file.createDataset("x", of: .int64, shape: [noise.count])
            try dataset.write(noise)
        case .chunkedWriter:
            let dataset = try file.createDataset("x", of: .int64, shape: [0], layout: .chunked(chunking))
            var writer = try ChunkedWriter<Int64>(dataset)
            try writer.append(noise)
            try writer.finish()
        case .appended:
            let dataset = try file.createDataset("x", of: .int64, shape: [0], layout: .chunked(chunking))
            for _ in 0..<8 { try dataset.append(Array(noise[..<7000])) }
        case .strings:
            let dataset = try file.createStringDataset(
                "x", shape: [0], layout: .chunked(HDF5Chunking(shape: [64], isExtendable: true)))
            for _ in 0..<20 { try dataset.appendStrings(noise[..<300].map { "\($0)" }) }
        case .attributes:
            for name in 0..<20 {
                try file.setAttribute("text\(name)", to: String(repeating: "x", count: 5000))
                try file.setAttribute("numbers\(name)", to: noise[..<700].map { Int($0) })
            }
        }
        if closing { try file.close() }
    }
}
