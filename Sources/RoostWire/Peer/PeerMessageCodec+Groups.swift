import RoostCore
import RoostNode

/// Bytes of what orderers of groups and replicas say to each other.
extension PeerMessageCodec {
    static func write(_ collect: ReplicaRequest.Collect, to writer: inout ByteWriter) {
        writer.writeFixed(collect.token)
        writer.write(collect.group)
        writer.writeFixed(collect.listHash)
        writer.writeCount(collect.keys.count)
        for key in collect.keys { writer.write(key) }
    }

    static func readCollect(from reader: inout ByteReader) throws(ByteReaderError) -> ReplicaRequest.Collect {
        .init(
            token: try reader.readUInt64(), group: try reader.readAddress(), listHash: try reader.readUInt64(),
            keys: try reader.readList { reader throws(ByteReaderError) in try reader.readStreamKey() })
    }

    static func write(_ finish: ReplicaRequest.Finish, to writer: inout ByteWriter) {
        writer.writeFixed(finish.token)
        writer.write(finish.group)
        writer.writeCount(finish.streams.count)
        for stream in finish.streams {
            writer.write(stream.key)
            writer.write(stream.author)
            writer.writeVarint(stream.upTo)
        }
    }

    static func readFinish(from reader: inout ByteReader) throws(ByteReaderError) -> ReplicaRequest.Finish {
        .init(
            token: try reader.readUInt64(), group: try reader.readAddress(),
            streams: try reader.readList { reader throws(ByteReaderError) in
                ReplicaRequest.Finish.Stream(
                    key: try reader.readStreamKey(), author: try reader.readAddress(), upTo: try reader.readVarint())
            })
    }

    static func write(_ told: [GatewayReply.Waiting], to writer: inout ByteWriter) {
        writer.writeCount(told.count)
        for stream in told {
            writer.write(stream.key)
            writer.write(stream.author)
            writer.writeVarint(stream.watermark)
            writer.writeCount(stream.numbers.count)
            // Numbers as the distance from the one before: nearly always 1, one byte each.
            var last: StreamNumber = 0
            for number in stream.numbers {
                writer.writeVarint(number &- last)
                last = number
            }
        }
    }

    static func readWaiting(from reader: inout ByteReader) throws(ByteReaderError) -> GatewayReply.Waiting {
        let key = try reader.readStreamKey()
        let author = try reader.readAddress()
        let watermark = try reader.readVarint()
        return .init(key: key, author: author, watermark: watermark, numbers: try readNumbers(from: &reader))
    }

    /// Reads numbers that ascend, each as the distance from the one before.
    static func readNumbers(from reader: inout ByteReader) throws(ByteReaderError) -> [StreamNumber] {
        var last: StreamNumber = 0
        return try reader.readList { reader throws(ByteReaderError) in
            let (number, isTooLarge) = last.addingReportingOverflow(try reader.readVarint())
            guard number > last, !isTooLarge else { throw .invalidValue(field: "numbers that do not ascend") }
            last = number
            return number
        }
    }

    static func write(_ expansion: Expansion, to writer: inout ByteWriter) {
        writer.writeFixed(expansion.token)
        writer.write(expansion.group)
        writer.writeCount(expansion.messages.count)
        for message in expansion.messages {
            writer.writeVarint(message.number)
            writer.writeVarint(message.sentAtMilliseconds)
            writer.writeBytes(message.body)
        }
        writer.writeCount(expansion.recipients.count)
        for recipient in expansion.recipients {
            writer.write(recipient.slot)
            writer.writeVarint(recipient.version)
            writer.write(recipient.member)
            writer.writeVarint(recipient.since)
            writer.writeVarint(recipient.floor)
        }
    }

    static func readExpansion(from reader: inout ByteReader) throws(ByteReaderError) -> Expansion {
        .init(
            token: try reader.readUInt64(), group: try reader.readAddress(),
            messages: try reader.readList { reader throws(ByteReaderError) in
                Expansion.Message(
                    number: try reader.readVarint(), sentAtMilliseconds: try reader.readVarint(),
                    body: try reader.readBytes(limit: MessageContent.bytesMax))
            },
            recipients: try reader.readList { reader throws(ByteReaderError) in
                Expansion.Recipient(
                    slot: try reader.readSlot(), version: try reader.readVarint(), member: try reader.readAddress(),
                    since: try reader.readVarint(), floor: try reader.readVarint())
            })
    }

    static func write(_ readers: [GroupReader], to writer: inout ByteWriter) {
        writer.writeCount(readers.count)
        for reader in readers {
            writer.write(reader.user)
            writer.writeVarint(reader.since)
            writer.write(reader.progress)
        }
    }

    static func readGroupReader(from reader: inout ByteReader) throws(ByteReaderError) -> GroupReader {
        .init(
            user: try reader.readAddress(), since: try reader.readVarint(), progress: try reader.readReceiptProgress())
    }
}
