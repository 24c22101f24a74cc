/// Builds pickles of protocol 2 by hand, and the archives around them.
struct PickleBuilder {
    var bytes: [UInt8] = [0x80, 2]

    mutating func raw(_ text: String) { bytes += Array(text.utf8) }
    mutating func global(_ module: String, _ name: String) { raw("c\(module)\n\(name)\n") }
    mutating func text(_ text: String) { bytes += [0x58] + little(text.utf8.count, 4) + Array(text.utf8) }
    mutating func int(_ value: Int) { bytes += [0x8A, 8] + little(value, 8) }

    mutating func tuple(_ values: [Int]) {
        raw("(")
        for value in values { int(value) }
        raw("t")
    }

    /// A float32 tensor of a storage.
    mutating func tensor(
        key: String = "0", count: Int = 4, offset: Int = 0, shape: [Int] = [4], strides: [Int] = [1],
        storage: String = "FloatStorage", function: String = "_rebuild_tensor_v2"
    ) {
        global("torch._utils", function)
        raw("((")
        text("storage")
        global("torch", storage)
        text(key)
        text("cpu")
        int(count)
        raw("tQ")
        int(offset)
        tuple(shape)
        tuple(strides)
        bytes.append(0x89)
        global("collections", "OrderedDict")
        raw(")RtR")
    }

    /// An archive with one storage of four floats: 0, 1, 2, 3.
    func archive(byteOrder: String = "little", extra: [(String, [UInt8])] = []) -> [UInt8] {
        let floats = (0..<4).flatMap { little(Int(Float($0).bitPattern), 4) }
        let data =
            byteOrder == "big" ? stride(from: 0, to: 16, by: 4).flatMap { floats[$0..<$0 + 4].reversed() } : floats
        return ZipBuilder(
            [("x/data.pkl", bytes), ("x/byteorder", Array(byteOrder.utf8)), ("x/data/0", data)] + extra
        ).bytes()
    }

    /// `{"a": ...}` of one value.
    static func dictionary(_ value: (inout PickleBuilder) -> Void) -> PickleBuilder {
        var pickle = PickleBuilder()
        pickle.raw("}")
        pickle.text("a")
        value(&pickle)
        pickle.raw("s.")
        return pickle
    }
}
