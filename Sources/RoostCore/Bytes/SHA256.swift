import COpenSSL

/// SHA-256 (FIPS 180-4) by OpenSSL's libcrypto: a pure function of bytes.
public enum SHA256 {
    /// The length of a digest in bytes.
    public static let digestBytes = 32

    /// The digest of `bytes`, 32 bytes.
    public static func hash(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let result = bytes.withContiguousStorageIfAvailable { digest(UnsafeRawBufferPointer($0)) }
        return result ?? Array(bytes).withUnsafeBytes(digest)
    }

    /// The digest of the UTF-8 bytes of `text`, 32 bytes.
    public static func hash(of text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { digest(UnsafeRawBufferPointer($0)) }
    }

    /// The first eight bytes of the digest as one number, big end first: enough to tell two bodies apart.
    public static func hash64(_ bytes: [UInt8]) -> UInt64 {
        hash(bytes)[..<8].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// By the context functions: the one-call form fetches its algorithm anew each time, under a lock, which costs several
    /// times the hash of a chat message.
    private static func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: digestBytes) { output, count in
            var context = SHA256_CTX()
            SHA256_Init(&context)
            SHA256_Update(&context, bytes.baseAddress, bytes.count)
            SHA256_Final(output.baseAddress, &context)
            count = digestBytes
        }
    }
}
