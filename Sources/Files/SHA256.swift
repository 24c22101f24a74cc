import CCrypto

/// SHA-256 of bytes that come in pieces.
public struct SHA256: ~Copyable, @unchecked Sendable {
    private let context: OpaquePointer
    private var failed = false

    /// Starts an empty digest.
    ///
    /// - Throws: ``DigestError`` when libcrypto has no memory or no SHA-256.
    public init() throws(DigestError) {
        guard let context = EVP_MD_CTX_new() else { throw DigestError() }
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw DigestError()
        }
        self.context = context
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Adds bytes to the digest. Linear in their number.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        if EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) != 1 { failed = true }
    }

    /// Adds bytes to the digest. Linear in their number.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Ends the digest: 64 hexadecimal digits in lower case.
    ///
    /// - Throws: ``DigestError`` when libcrypto failed on the way.
    public consuming func finish() throws(DigestError) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        guard !failed, EVP_DigestFinal_ex(context, &digest, nil) == 1 else { throw DigestError() }
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The digest of `bytes`: 64 hexadecimal digits in lower case.
    ///
    /// - Throws: ``DigestError`` when libcrypto has no memory or no SHA-256.
    public static func digest(of bytes: [UInt8]) throws(DigestError) -> String {
        var digest = try SHA256()
        digest.update(bytes)
        return try digest.finish()
    }

    /// The digest of a file as it lies on the disk, or of a range of it: 64 hexadecimal digits in lower case.
    ///
    /// - Throws: ``FileError`` when the file cannot be read. Linear in its size, in constant memory.
    public static func digest(ofFileAt path: String, range: Range<Int>? = nil) throws(FileError) -> String {
        var source = try ByteSource(path: path, decompressing: false, range: range, hashing: true)
        return try source.digest() ?? ""
    }
}

/// libcrypto could not compute SHA-256: it ran out of memory, or its configuration disables the algorithm.
public struct DigestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The error on one line.
    public var description: String {
        "libcrypto cannot compute SHA-256 (out of memory, or disabled in openssl.cnf)"
    }
}
