import Glibc
import HDF5
import Tensors
import Testing

struct SystemFailure: Error {
    var code: Int32
}

func readBytes(_ path: String) throws -> [UInt8] {
    guard let stream = fopen(path, "rb") else { throw SystemFailure(code: errno) }
    defer { fclose(stream) }
    var status = stat()
    fstat(fileno(stream), &status)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    guard fread(&bytes, 1, bytes.count, stream) == bytes.count else { throw SystemFailure(code: errno) }
    return bytes
}

func writeBytes(_ bytes: some Collection<UInt8>, to path: String) throws {
    guard let stream = fopen(path, "wb") else { throw SystemFailure(code: errno) }
    defer { fclose(stream) }
    guard fwrite(Array(bytes), 1, bytes.count, stream) == bytes.count else { throw SystemFailure(code: errno) }
}

/// The code of the error that `body` throws; nil if it throws none.
func errorCode(_ body: () throws(HDF5Error) -> Void) -> HDF5Error.Code? {
    do throws(HDF5Error) {
        try body()
        return nil
    } catch {
        return error.code
    }
}

/// A small generator with a seed, so that failures repeat.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Reads everything that a file holds, through every reading call, and returns the number of objects and attributes
/// that could be read; failures are expected and skipped.
func readEverything(_ path: String) -> Int {
    func attributes(_ object: borrowing some HDF5Object & ~Copyable) -> Int {
        var count = 0
        for name in (try? object.attributeNames()) ?? [] {
            if (try? object.attributeType(name)) != nil { count += 1 }
            _ = try? object.stringAttribute(name, limit: 1 << 24)
            _ = try? object.integerArrayAttribute(name, limit: 1 << 24)
            _ = try? object.doubleArrayAttribute(name, limit: 1 << 24)
        }
        return count
    }
    func dataset(_ dataset: borrowing HDF5Dataset) -> Int {
        let limit = 1 << 24
        let readable: Bool
        switch try? dataset.valueType() {
        case .element(.int8), .enumeration(.int8): readable = (try? dataset.read(Int8.self, limit: limit)) != nil
        case .element(.int16): readable = (try? dataset.read(Int16.self, limit: limit)) != nil
        case .element(.int32): readable = (try? dataset.read(Int32.self, limit: limit)) != nil
        case .element(.int64): readable = (try? dataset.read(Int64.self, limit: limit)) != nil
        case .element(.float32): readable = (try? dataset.read(Float.self, limit: limit)) != nil
        case .element(.float64): readable = (try? dataset.read(Double.self, limit: limit)) != nil
        case .variableString, .fixedString: readable = (try? dataset.readStrings(limit: limit)) != nil
        default: readable = false
        }
        return (readable ? 1 : 0) + attributes(dataset)
    }
    func members(_ container: borrowing some HDF5Container & ~Copyable, depth: Int) -> Int {
        var count = attributes(container)
        for child in (try? container.children()) ?? [] where depth < 8 {
            do {
                switch child.kind {
                case .group:
                    let group = try container.openGroup(child.name)
                    count += 1 + members(group, depth: depth + 1)
                case .dataset:
                    let opened = try container.openDataset(child.name)
                    count += dataset(opened)
                default: break
                }
            } catch {}
        }
        return count
    }
    do {
        let file = try HDF5File(reading: path)
        return members(file, depth: 0)
    } catch {
        return 0
    }
}
