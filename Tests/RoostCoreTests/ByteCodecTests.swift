import RoostCore
import Testing

/// The binary form that log, ring and peers share.
@Suite struct ByteCodecTests {
    enum Field: Equatable {
        case byte(UInt8)
        case fixed16(UInt16)
        case fixed32(UInt32)
        case fixed64(UInt64)
        case varint(UInt64)
        case count(Int)
        case bool(Bool)
        case id(UniqueID)
        case bytes([UInt8])
        case text(String)
        case raw([UInt8])
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `what is written is read back`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let fields = (0..<random.below(30)).map { _ in randomField(&random) }
        var writer = ByteWriter()
        for field in fields { write(field, &writer) }
        #expect(writer.count == writer.bytes.count)

        var reader = ByteReader(writer.bytes)
        for field in fields { #expect(try read(field, &reader) == field) }
        try reader.finish()

        // The same as a range of a larger array.
        let padding = [UInt8](repeating: 0xEE, count: random.below(9))
        let padded = padding + writer.bytes + padding
        var inner = ByteReader(padded, in: padding.count..<padding.count + writer.count)
        for field in fields { #expect(try read(field, &inner) == field) }
        try inner.finish()
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `cut anywhere, it is refused and never traps`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let fields = (0..<1 + random.below(8)).map { _ in randomField(&random) }
        var writer = ByteWriter()
        for field in fields { write(field, &writer) }
        for length in 0..<writer.count {
            #expect(throws: ByteReaderError.self) {
                var reader = ByteReader(Array(writer.bytes[..<length]))
                for field in fields { _ = try read(field, &reader) }
            }
        }
    }

    @Test(arguments: 0..<500 as Range<UInt64>)
    func `any bytes are read or refused, never past their end`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bytes = (0..<random.below(80)).map { _ in
            UInt8(truncatingIfNeeded: random.below(3) == 0 ? 0xFF : random.next())
        }
        var reader = ByteReader(bytes)
        var left = reader.left
        do {
            while true {
                _ = try read(randomField(&random), &reader)
                #expect(reader.left >= 0 && reader.left <= left)
                if random.below(20) == 0 { _ = try reader.readUserName() }
                if random.below(20) == 0 { _ = try reader.readSlot() }
                if reader.left == 0 { return }
                left = reader.left
            }
        } catch {
            #expect(reader.left >= 0)
        }
    }

    static let varints: [(UInt64, [UInt8])] = [
        (0, [0]), (1, [1]), (127, [0x7F]), (128, [0x80, 1]), (300, [0xAC, 2]),
        (.max, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]),
    ]

    @Test(arguments: varints)
    func `a varint is LEB128`(value: UInt64, bytes: [UInt8]) throws {
        var writer = ByteWriter()
        writer.writeVarint(value)
        #expect(writer.bytes == bytes)
        var reader = ByteReader(bytes)
        #expect(try reader.readVarint() == value)
    }

    @Test func `fixed widths have their little end first`() {
        var writer = ByteWriter()
        writer.writeFixed(0x0102 as UInt16)
        writer.writeFixed(0x0304_0506 as UInt32)
        writer.writeFixed(0x0708_090A_0B0C_0D0E as UInt64)
        #expect(writer.bytes == [2, 1, 6, 5, 4, 3, 0xE, 0xD, 0xC, 0xB, 0xA, 9, 8, 7])
    }

    @Test func `each refusal says what it is`() {
        expect([UInt8](repeating: 0x80, count: 10) + [1], .varintOverflow) { try $0.readVarint() }
        expect([UInt8](repeating: 0xFF, count: 9) + [2], .varintOverflow) { try $0.readVarint() }
        expect([0x80], .truncated(needed: 1, left: 0)) { try $0.readVarint() }
        expect([1, 2, 3], .truncated(needed: 4, left: 3)) { try $0.readUInt32() }
        expect([6, 1], .tooLong(6, limit: 5)) { try $0.readBytes(limit: 5) }
        expect([5, 1], .truncated(needed: 5, left: 1)) { try $0.readBytes(limit: 5) }
        expect([5, 1], .truncated(needed: 5, left: 1)) { try $0.readText(limit: 5) }
        expect([1, 0xFF], .invalidText) { try $0.readText(limit: 5) }
        expect([3, 0xED, 0xA0, 0x80], .invalidText) { try $0.readText(limit: 5) }
        expect([2], .invalidValue(field: "bool")) { try $0.readBool() }
        expect([0], .invalidValue(field: "user name")) { try $0.readUserName() }
        expect([1, UInt8(ascii: "A")], .invalidValue(field: "user name")) { try $0.readUserName() }
        expect([1, 2], .trailingBytes(1)) { reader in
            _ = try reader.readByte()
            try reader.finish()
        }
        let endless = [UInt8](repeating: 0xFF, count: 9) + [1]
        expect(endless, .tooLong(.max, limit: 100)) { try $0.readCount(limit: 100) }
    }

    private func expect<Value>(
        _ bytes: [UInt8], _ refusal: ByteReaderError,
        _ read: (inout ByteReader) throws -> Value,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: refusal, sourceLocation: sourceLocation) {
            var reader = ByteReader(bytes)
            _ = try read(&reader)
        }
    }

    private func randomField(_ random: inout SeededRandom) -> Field {
        // Small and large numbers alike: the width of a varint is drawn, not its value.
        let number = random.next() >> UInt64(random.below(64))
        let bytes = (0..<random.below(20)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        switch random.below(11) {
        case 0: return .byte(UInt8(truncatingIfNeeded: number))
        case 1: return .fixed16(UInt16(truncatingIfNeeded: number))
        case 2: return .fixed32(UInt32(truncatingIfNeeded: number))
        case 3: return .fixed64(number)
        case 4: return .varint(number)
        case 5: return .count(Int(number >> 1))
        case 6: return .bool(number & 1 == 0)
        case 7: return .id(UniqueID.random(using: &random))
        case 8: return .bytes(bytes)
        case 9: return .text(String(bytes.map { Character(Unicode.Scalar(UInt32($0) * 37 + 1) ?? "?") }))
        default: return .raw(bytes)
        }
    }

    private func write(_ field: Field, _ writer: inout ByteWriter) {
        switch field {
        case .byte(let value): writer.write(value)
        case .fixed16(let value): writer.writeFixed(value)
        case .fixed32(let value): writer.writeFixed(value)
        case .fixed64(let value): writer.writeFixed(value)
        case .varint(let value): writer.writeVarint(value)
        case .count(let value): writer.writeCount(value)
        case .bool(let value): writer.write(value)
        case .id(let value): writer.write(value)
        case .bytes(let value): writer.writeBytes(value)
        case .text(let value): writer.writeText(value)
        case .raw(let value): writer.writeRaw(value)
        }
    }

    /// Reads a field of the same kind; the length of a raw one is taken from it.
    private func read(_ field: Field, _ reader: inout ByteReader) throws(ByteReaderError) -> Field {
        switch field {
        case .byte: .byte(try reader.readByte())
        case .fixed16: .fixed16(try reader.readUInt16())
        case .fixed32: .fixed32(try reader.readUInt32())
        case .fixed64: .fixed64(try reader.readUInt64())
        case .varint: .varint(try reader.readVarint())
        case .count: .count(try reader.readCount(limit: .max))
        case .bool: .bool(try reader.readBool())
        case .id: .id(try reader.readUniqueID())
        case .bytes: .bytes(try reader.readBytes(limit: 20))
        case .text: .text(try reader.readText(limit: 100))
        case .raw(let value): .raw(try reader.readRaw(value.count))
        }
    }
}
