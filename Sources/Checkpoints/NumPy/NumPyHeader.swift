import Tensors

/// The header of a `.npy`, checked.
struct NumPyHeader {
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// The largest header that is read, in bytes.
    static let largestSize = 1 << 20

    /// Why bytes are no header; the byte counts from the beginning of the array's file.
    struct Failure: Error {
        let byte: Int
        let message: String
    }

    let meaning: NumPyType.Meaning
    let isFortranOrder: Bool
    let shape: [Int]
    /// Where the data begins.
    let size: Int

    /// The size of the header whose first bytes these are; nil where they are none, or too few to tell.
    static func size(_ bytes: [UInt8]) -> Int? {
        guard bytes.starts(with: magic), let major = bytes.littleEndian(at: 6, width: 1), (1...3).contains(major) else {
            return nil
        }
        let width = major == 1 ? 2 : 4
        return bytes.littleEndian(at: 8, width: width).map { 8 + width + $0 }
    }

    /// - Parameter bytes: all of the header, and perhaps more.
    init(_ bytes: [UInt8]) throws(Failure) {
        guard bytes.starts(with: Self.magic) else {
            throw Failure(byte: 0, message: "does not begin as a .npy does")
        }
        guard let size = Self.size(bytes) else {
            throw Failure(byte: 6, message: "is a .npy of a version other than 1, 2 and 3, or truncated")
        }
        guard size <= Self.largestSize else { throw Failure(byte: 8, message: "claims a header of \(size) bytes") }
        guard size <= bytes.count else { throw Failure(byte: 8, message: "is truncated inside its header") }
        let start = bytes[6] == 1 ? 10 : 12
        var parser = NumPyLiteralParser(Array(bytes[start..<size]), isUTF8: bytes[6] == 3)
        let (literal, comment): (NumPyLiteral, String?)
        do throws(NumPyLiteralParser.Failure) {
            (literal, comment) = try parser.parse()
        } catch {
            throw Failure(byte: start + error.byte, message: "its header \(error.message)")
        }
        guard case .dictionary(let members) = literal, members.count == 3 else {
            throw Failure(byte: start, message: "its header is no dictionary of descr, fortran_order and shape")
        }
        func member(_ name: String) -> NumPyLiteral? { members.first { $0.key == .string(name) }?.value }
        guard let descr = member("descr"), case .bool(let isFortranOrder)? = member("fortran_order"),
            case .sequence(let extents)? = member("shape"), extents.count <= 64
        else { throw Failure(byte: start, message: "its header lacks descr, fortran_order or shape") }
        var shape: [Int] = []
        for extent in extents {
            guard case .int(let extent) = extent, extent >= 0 else {
                throw Failure(byte: start, message: "its shape is not all integers from 0")
            }
            shape.append(extent)
        }
        var named: String?
        if let comment, comment.hasPrefix(NumPyType.comment) {
            named = String(comment.dropFirst(NumPyType.comment.count).prefix { $0 != " " })
        }
        meaning = NumPyType.meaning(of: descr, comment: named)
        self.isFortranOrder = isFortranOrder
        self.shape = shape
        self.size = size
    }

    /// The header of an array, padded to a multiple of 64 bytes; nil for types whose elements share bytes.
    ///
    /// Types that NumPy does not have are voids of their width, and a comment behind the dictionary, which Python skips,
    /// names them.
    static func bytes(of tensor: TensorDescription) -> [UInt8]? {
        guard let (descr, needsComment) = NumPyType.descr(of: tensor.type) else { return nil }
        let extents = tensor.shape.map(String.init).joined(separator: ", ") + (tensor.shape.count == 1 ? "," : "")
        var text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(extents)), }"
        if needsComment { text += " \(NumPyType.comment)\(tensor.type.name)" }
        let used = text.utf8.count + 1
        let isLong = used + 10 + 64 > 0xFFFF
        let prefix = isLong ? 12 : 10
        let padding = (64 - (prefix + used) % 64) % 64
        var bytes = magic + [isLong ? 2 : 1, 0]
        bytes.appendLittleEndian(used + padding, width: isLong ? 4 : 2)
        return bytes + Array(text.utf8) + [UInt8](repeating: 0x20, count: padding) + [0x0A]
    }
}
