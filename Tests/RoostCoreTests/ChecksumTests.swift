import RoostCore
import Testing

/// The checksums against vectors of their standards, and against the definition spelled out bit by bit.
@Suite struct ChecksumTests {
    static let checksums: [([UInt8], UInt32)] = [
        (Array("123456789".utf8), 0xE306_9283),
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        (Array((0..<32).reversed()), 0x113F_DB5C),
        ([], 0),
    ]

    @Test(arguments: checksums)
    func `CRC-32C gives the values of RFC 3720`(bytes: [UInt8], checksum: UInt32) {
        #expect(CRC32C.checksum(bytes) == checksum)
    }

    @Test(arguments: 0..<40)
    func `CRC-32C is the polynomial division at every length and alignment`(length: Int) {
        var random = SeededRandom(seed: UInt64(length))
        let bytes = (0..<length + 8).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        for start in 0..<8 {
            let slice = bytes[start..<start + length]
            #expect(CRC32C.checksum(slice) == bitwiseCRC32C(slice))
            #expect(CRC32C.checksum(AnyCollection(slice)) == bitwiseCRC32C(slice))
        }
    }

    @Test func `CRC-32C sees every single bit`() {
        let bytes = Array("a record of the log".utf8)
        let checksum = CRC32C.checksum(bytes)
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(CRC32C.checksum(flipped) != checksum)
        }
    }

    private func bitwiseCRC32C(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var remainder: UInt32 = .max
        for byte in bytes {
            remainder ^= UInt32(byte)
            for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0x82F6_3B78 : remainder >> 1 }
        }
        return ~remainder
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func `SHA-256 gives the values of FIPS 180`(text: String, digest: String) {
        let expected = stride(from: 0, to: 64, by: 2).map { offset in
            let digits = digest.utf8.dropFirst(offset).prefix(2)
            return digits.reduce(UInt8(0)) { $0 << 4 | (hexadecimalValue(of: $1) ?? 0) }
        }
        #expect(SHA256.hash(of: text) == expected)
        #expect(SHA256.hash(Array(text.utf8)) == expected)
        #expect(SHA256.hash(AnyCollection(text.utf8)) == expected)
    }

    @Test func `the short hash is the head of the long one`() {
        #expect(SHA256.hash64(Array("abc".utf8)) == 0xBA78_16BF_8F01_CFEA)
    }
}
