/// A decompressor that is fed a file piece by piece.
protocol StreamDecoder: AnyObject {
    /// Whether every member (or frame) begun so far is complete, so that the file may end here.
    var isBetweenMembers: Bool { get }

    /// Decompresses from the front of `input` to the front of `output`.
    ///
    /// - Parameter offset: where `input` begins in the file on disk.
    /// - Returns: the bytes taken and given. Both are 0 when the decoder needs input and there is none.
    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StreamFailure) -> (consumed: Int, produced: Int)
}

/// What a decoder found wrong; the byte source adds the path.
struct StreamFailure: Error {
    let code: FileError.Code
    let byte: Int
    let message: String
}

extension StreamFailure {
    static func trailingData(_ stream: String, at byte: Int) -> StreamFailure {
        StreamFailure(
            code: .trailingData, byte: byte,
            message: "the \(stream) stream is followed by other data at byte \(byte) of the file")
    }
}
