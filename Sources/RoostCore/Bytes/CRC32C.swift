/// CRC-32C (Castagnoli polynomial, RFC 3720 appendix B.4), eight bytes a step.
public enum CRC32C {
    /// The checksum of `bytes`.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        var offset = 0
        tables.withUnsafeBufferPointer { tables in
            while offset + 8 <= bytes.count {
                let next = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                let word = UInt64(littleEndian: next) ^ UInt64(crc)
                crc = tables[7 * 256 + Int(word & 0xFF)]
                crc ^= tables[6 * 256 + Int(word >> 8 & 0xFF)]
                crc ^= tables[5 * 256 + Int(word >> 16 & 0xFF)]
                crc ^= tables[4 * 256 + Int(word >> 24 & 0xFF)]
                crc ^= tables[3 * 256 + Int(word >> 32 & 0xFF)]
                crc ^= tables[2 * 256 + Int(word >> 40 & 0xFF)]
                crc ^= tables[256 + Int(word >> 48 & 0xFF)]
                crc ^= tables[Int(word >> 56)]
                offset += 8
            }
            while offset < bytes.count {
                crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[offset])) & 0xFF)]
                offset += 1
            }
        }
        return ~crc
    }

    /// The checksum of `bytes`.
    public static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
        let result = bytes.withContiguousStorageIfAvailable { checksum(UnsafeRawBufferPointer($0)) }
        return result ?? Array(bytes).withUnsafeBytes { checksum($0) }
    }

    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 {
                crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1
            }
            tables[byte] = crc
        }
        for table in 1..<8 {
            for byte in 0..<256 {
                let previous = tables[(table - 1) * 256 + byte]
                tables[table * 256 + byte] = previous >> 8 ^ tables[Int(previous & 0xFF)]
            }
        }
        return tables
    }()
}
