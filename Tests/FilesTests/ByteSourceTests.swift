import Files
import Glibc
import TestFixtures
import Testing

@Suite struct ByteSourceTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func failure(_ path: String, bufferSize: Int = 1 << 16) -> FileError? {
        do throws(FileError) {
            _ = try readAll(path, bufferSize: bufferSize)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [1, 2, 7, 16, 1000, 1 << 20])
    func plainFileInSteps(step: Int) throws {
        let content = sample(5000)
        let path = try directory.write("a.bin", content)
        #expect(try readAll(path, step: step, bufferSize: 16) == content)
        #expect(try readAll(path, step: step, bufferSize: 4096) == content)
    }

    @Test(arguments: [1, 3, 16, 4096])
    func gzipMembersAcrossTinyReads(step: Int) throws {
        let content = sample(9000)
        let path = try directory.write(
            "a.gz", gzip(Array(content[..<4000])) + gzip([]) + gzip(Array(content[4000...]), level: 0))
        #expect(try readAll(path, step: step, bufferSize: 16) == content)
    }

    @Test(arguments: [1, 3, 16, 4096])
    func zstandardFramesAcrossTinyReads(step: Int) throws {
        let content = sample(9000)
        let path = try directory.write(
            "a.zst",
            skippableFrame([1, 2, 3]) + zstandard(Array(content[..<4000])) + skippableFrame([])
                + zstandard(Array(content[4000...])))
        #expect(try readAll(path, step: step, bufferSize: 16) == content)
    }

    @Test func compressionIsToldByContent() throws {
        let content = sample(100)
        #expect(try readAll(try directory.write("a.jsonl", gzip(content))) == content)
        #expect(try readAll(try directory.write("b.gz", zstandard(content))) == content)
        let source = try ByteSource(path: try directory.write("c", zstandard(content)))
        #expect(source.compression == .zstandard)
        let raw = try ByteSource(path: try directory.write("c", zstandard(content)), decompressing: false)
        #expect(raw.compression == .none)
    }

    @Test func nameThatPromisesCompression() throws {
        for (name, content) in [("a.gz", "plain text"), ("a.zst", "plain text"), ("b.gz", "x")] {
            let error = failure(try directory.write(name, Array(content.utf8)))
            #expect(error?.code == .unsupportedCompression)
            #expect(error?.message.contains("although its name says so") == true)
        }
        #expect(failure(try directory.write("empty.gz", []))?.code == .truncated)
        #expect(
            failure(try directory.write("a.xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0]))?.code == .unsupportedCompression)
        #expect(failure(try directory.write("empty.jsonl", [])) == nil)
    }

    @Test(arguments: [16, 1 << 16])
    func everyTruncationIsAnError(bufferSize: Int) throws {
        for (name, whole) in [("a.gz", gzip(sample(300))), ("a.zst", zstandard(sample(300)))] {
            for length in 0..<whole.count {
                let error = failure(try directory.write(name, Array(whole[..<length])), bufferSize: bufferSize)
                let codes: [FileError.Code] = length < 4 ? [.truncated, .unsupportedCompression] : [.truncated]
                #expect(
                    error.map { codes.contains($0.code) } == true,
                    "\(name) cut at \(length): \(String(describing: error))")
                if error?.code == .truncated { #expect(error?.byte == length) }
            }
            #expect(failure(try directory.write(name, whole), bufferSize: bufferSize) == nil)
        }
    }

    @Test func truncationOfASecondMember() throws {
        let first = gzip(sample(50))
        let both = first + gzip(sample(60))
        for length in (first.count + 1)..<both.count {
            #expect(failure(try directory.write("a.gz", Array(both[..<length])))?.code == .truncated)
        }
        let frame = zstandard(sample(50))
        let frames = frame + zstandard(sample(60)) + skippableFrame([1, 2, 3])
        let ends = [frame.count + zstandard(sample(60)).count]
        for length in (frame.count + 1)..<frames.count where !ends.contains(length) {
            #expect(failure(try directory.write("a.zst", Array(frames[..<length])))?.code == .truncated, "\(length)")
        }
    }

    @Test func truncationMessage() throws {
        let path = try directory.write("traces.jsonl.gz", Array(gzip(sample(3000))[..<100]))
        #expect(
            failure(path)?.description
                == "\(path): gzip stream is truncated at byte 100 of the file (the download may be incomplete)")
    }

    @Test(arguments: [16, 1 << 16])
    func trailingDataNamesItsFirstByte(bufferSize: Int) throws {
        for (name, whole) in [("a.gz", gzip(sample(300))), ("a.zst", zstandard(sample(300)))] {
            for garbage: [UInt8] in [[0], [0, 0, 0, 0, 0, 0, 0, 0], [0x1F, 0x00, 1, 2], Array("garbage!".utf8)] {
                if name == "a.zst", garbage[0] == 0x28 { continue }
                let error = failure(try directory.write(name, whole + garbage), bufferSize: bufferSize)
                #expect(error?.code == .trailingData, "\(name) \(garbage): \(String(describing: error))")
                #expect(error?.byte == whole.count)
            }
        }
        let frame = zstandard(sample(300))
        let error = failure(try directory.write("a.zst", frame + [0x28, 0xB5, 0, 0, 0, 0, 0]), bufferSize: bufferSize)
        #expect(error?.code == .trailingData)
        #expect(error?.byte == frame.count)
    }

    @Test func wrongChecksums() throws {
        var gz = gzip(sample(300))
        gz[gz.count - 6] ^= 1
        let error = failure(try directory.write("a.gz", gz))
        #expect(error?.code == .checksumMismatch)
        #expect(error.map { gz.count - 8...gz.count ~= ($0.byte ?? -1) } == true)
        var length = gzip(sample(300))
        length[length.count - 1] ^= 1
        #expect(failure(try directory.write("a.gz", length))?.code == .checksumMismatch)
        var zst = zstandard(sample(300))
        zst[zst.count - 1] ^= 1
        #expect(failure(try directory.write("a.zst", zst))?.code == .checksumMismatch)
    }

    @Test func everyFlippedByteOfThePayloadIsAnError() throws {
        let gz = gzip(sample(200))
        // Bytes 4...9 of the header are time, flags and system: nothing checks them.
        for index in 10..<gz.count {
            var damaged = gz
            damaged[index] ^= 0x55
            #expect(failure(try directory.write("a.gz", damaged)) != nil, "byte \(index)")
        }
        let zst = zstandard(sample(200))
        for index in 4..<zst.count {
            var damaged = zst
            damaged[index] ^= 0x55
            #expect(failure(try directory.write("a.zst", damaged)) != nil, "byte \(index)")
        }
    }

    @Test func windowLimit() throws {
        let content = sample(1000)
        #expect(try readAll(try directory.write("a.zst", zstandard(content, windowLog: 27))) == content)
        let error = failure(try directory.write("b.zst", zstandard(content, windowLog: 28)))
        #expect(error?.code == .windowTooLarge)
        #expect(error?.byte == 0)
    }

    @Test func pathsThatCannotBeOpened() throws {
        #expect(failure("\(directory.path)/missing")?.code == .notFound)
        #expect(failure(directory.path)?.code == .isDirectory)
        let file = try directory.write("f", [1])
        #expect(failure("\(file)/below")?.code == .notDirectory)
        chmod(file, 0)
        // The superuser may read anything.
        if geteuid() != 0 { #expect(failure(file)?.code == .permissionDenied) }
    }

    @Test func progressAndDigest() throws {
        let content = sample(100_000)
        let packed = gzip(content)
        let path = try directory.write("a.gz", packed)
        var source = try ByteSource(path: path, hashing: true, bufferSize: 4096)
        #expect(source.size == packed.count)
        var bytes: [UInt8] = []
        #expect(try source.read(appendingTo: &bytes, atMost: 10) == 10)
        #expect(source.position == 10)
        #expect(source.consumed == 4096)
        #expect(bytes == Array(content[..<10]))
        let digest = try source.digest()
        #expect(digest == (try SHA256.digest(of: packed)))
        #expect(source.consumed == packed.count)
        #expect(try source.read(appendingTo: &bytes, atMost: 10) == 0)
        #expect(try SHA256.digest(ofFileAt: path) == digest)

        var whole = try ByteSource(path: path, hashing: true)
        while try whole.read(appendingTo: &bytes, atMost: 5000) > 0 {}
        #expect(try whole.digest() == digest)
        #expect(whole.position == content.count)
        var plain = try ByteSource(path: path)
        #expect(try plain.digest() == nil)
    }

    @Test func errorsRepeat() throws {
        let path = try directory.write("a.gz", Array(gzip(sample(300)).dropLast()))
        var source = try ByteSource(path: path)
        var bytes: [UInt8] = []
        var codes: [FileError.Code] = []
        for _ in 0..<4 {
            do throws(FileError) { _ = try source.read(appendingTo: &bytes, atMost: 1 << 16) } catch {
                codes.append(error.code)
            }
        }
        #expect(codes == [.truncated, .truncated, .truncated])
        #expect(bytes == sample(300))
    }
}
