import RoostConsensus
import RoostCore
import RoostNode

/// Bytes of what a slot is copied with.
extension PeerMessageCodec {
    static func write(_ cursor: CopyCursor?, to writer: inout ByteWriter) {
        guard let cursor else { return writer.write(UInt8(0)) }
        writer.write(cursor.part.rawValue)
        writer.write(cursor.user)
        writer.write(cursor.key)
        writer.write(cursor.reader)
    }

    static func readCursor(from reader: inout ByteReader) throws(ByteReaderError) -> CopyCursor? {
        let byte = try reader.readByte()
        guard byte != 0 else { return nil }
        guard let part = CopyCursor.Part(rawValue: byte) else { throw .invalidValue(field: "part of a copy") }
        return CopyCursor(
            user: try reader.readAddress(), part: part, key: try reader.readStreamKey(),
            reader: try reader.readAddress())
    }

    static func write(_ page: CopyPage, to writer: inout ByteWriter) {
        write(page.next, to: &writer)
        writer.writeCount(page.items.count)
        for item in page.items {
            switch item {
            case .register(let user, let state):
                writer.write(CopyCursor.Part.register.rawValue)
                writer.write(user)
                writer.writeBytes(state.encode())
            case .stream(let user, let stream):
                writer.write(CopyCursor.Part.stream.rawValue)
                writer.write(user)
                write(stream, to: &writer)
            case .receipt(let receipt):
                writer.write(CopyCursor.Part.receipt.rawValue)
                write(receipt, to: &writer)
            case .lastSeen(let user, let milliseconds):
                writer.write(CopyCursor.Part.lastSeen.rawValue)
                writer.write(user)
                writer.writeVarint(milliseconds)
            }
        }
    }

    private static func write(_ stream: StreamCopy, to writer: inout ByteWriter) {
        writer.write(stream.key)
        writer.write(stream.sender)
        writer.writeCount(stream.watermarks.count)
        for watermark in stream.watermarks {
            writer.writeFixed(watermark.device)
            writer.writeVarint(watermark.upTo)
        }
        writer.writeCount(stream.lost.count)
        for run in stream.lost {
            writer.writeVarint(run.from)
            writer.writeVarint(run.upTo)
        }
        writer.writeCount(stream.pending.count)
        // Numbers as the distance from the one before: nearly always 1, one byte each.
        var last: StreamNumber = 0
        for number in stream.pending {
            writer.writeVarint(number &- last)
            last = number
        }
    }

    static func readPage(from reader: inout ByteReader) throws(ByteReaderError) -> CopyPage {
        let next = try readCursor(from: &reader)
        let items = try reader.readList { reader throws(ByteReaderError) in try readItem(from: &reader) }
        return CopyPage(items: items, next: next)
    }

    private static func readItem(from reader: inout ByteReader) throws(ByteReaderError) -> CopyItem {
        switch CopyCursor.Part(rawValue: try reader.readByte()) {
        case .register:
            let user = try reader.readAddress()
            let bytes = try reader.readBytes(limit: registerBytesMax + 64)
            return .register(user, try RegisterState(decoding: bytes))
        case .stream:
            return .stream(try reader.readAddress(), try readStream(from: &reader))
        case .receipt:
            return .receipt(try readReceipt(from: &reader))
        case .lastSeen:
            return .lastSeen(try reader.readAddress(), milliseconds: try reader.readVarint())
        case nil:
            throw .invalidValue(field: "part of a copy")
        }
    }

    private static func readStream(from reader: inout ByteReader) throws(ByteReaderError) -> StreamCopy {
        let key = try reader.readStreamKey()
        let sender = try reader.readAddress()
        let watermarks = try reader.readList { reader throws(ByteReaderError) in
            StreamCopy.Watermark(device: try reader.readUInt64(), upTo: try reader.readVarint())
        }
        let lost = try reader.readList { reader throws(ByteReaderError) in
            let run = StreamCopy.Lost(from: try reader.readVarint(), upTo: try reader.readVarint())
            guard run.from > 0, run.from <= run.upTo, run.upTo < .max else {
                throw .invalidValue(field: "lost numbers")
            }
            return run
        }
        var last: StreamNumber = 0
        let pending = try reader.readList { reader throws(ByteReaderError) in
            let (number, isTooLarge) = last.addingReportingOverflow(try reader.readVarint())
            guard number > last, !isTooLarge else { throw .invalidValue(field: "numbers that do not ascend") }
            last = number
            return number
        }
        return StreamCopy(key: key, sender: sender, watermarks: watermarks, lost: lost, pending: pending)
    }
}
