import RoostConsensus
import RoostCore
import RoostNode

extension PeerMessageCodec {
    static func write(_ reply: GatewayReply, to writer: inout ByteWriter) {
        func begin(_ kind: Kind, _ writer: inout ByteWriter) {
            writer.write(kind)
            writer.writeFixed(reply.token)
        }
        switch reply.kind {
        case .replicated:
            begin(.replicated, &writer)
        case .refused(let refusal, let number):
            begin(.refused, &writer)
            writer.write(refusal.rawValue)
            writer.writeVarint(number)
        case .stale(let epoch):
            begin(.stale, &writer)
            writer.writeVarint(epoch)
        case .facts(let facts):
            begin(.facts, &writer)
            writer.write(facts.exists)
            writer.writeVarint(facts.top)
            writer.writeVarint(facts.watermark)
            writer.writeVarint(facts.deliveredUpTo)
            writer.write(facts.receipt)
        case .subscribed(let backlog):
            begin(.subscribed, &writer)
            writer.writeCount(backlog.count)
            for stream in backlog {
                writer.write(stream.key)
                writer.write(stream.sender)
                writer.writeVarint(stream.watermark)
                writer.writeVarint(stream.top)
            }
        case .superseded(let number):
            begin(.superseded, &writer)
            writer.writeVarint(number)
        case .deviceRemoved:
            begin(.deviceRemoved, &writer)
        case .devicesChanged(let count):
            begin(.devicesChanged, &writer)
            writer.writeCount(count)
        case .accountDisabled:
            begin(.accountDisabled, &writer)
        case .push(let push):
            begin(.push, &writer)
            writer.write(push.slot)
            writer.write(push.key)
            writer.write(push.sender)
            writer.writeVarint(push.number)
            writer.writeVarint(push.watermark)
            writer.writeVarint(push.lostFrom)
            writer.writeVarint(push.sentAtMilliseconds)
            writer.writeBytes(push.body)
        case .announce(let slot, let key, let sender, let number, let watermark):
            begin(.announce, &writer)
            writer.write(slot)
            writer.write(key)
            writer.write(sender)
            writer.writeVarint(number)
            writer.writeVarint(watermark)
        case .receipt(let slot, let receipt):
            begin(.receiptFor, &writer)
            writer.write(slot)
            write(receipt, to: &writer)
        case .settingsChanged(let sharesReads):
            begin(.settingsChanged, &writer)
            writer.write(sharesReads)
        case .readers(let readers):
            begin(.readers, &writer)
            write(readers, to: &writer)
        case .unread(let streams):
            begin(.unread, &writer)
            writer.writeCount(streams.count)
            for stream in streams {
                writer.write(stream.key)
                writer.write(stream.sender)
                writer.writeVarint(stream.top)
                writer.writeVarint(stream.seenUpTo)
            }
        case .fetched(let fetched):
            begin(.fetched, &writer)
            writer.write(fetched.key)
            writer.writeText(fetched.sender?.text ?? "")
            writer.writeVarint(fetched.watermark)
            writer.write(fetched.isDamaged)
            writer.writeCount(fetched.messages.count)
            for message in fetched.messages {
                writer.writeVarint(message.number)
                writer.writeVarint(message.lostFrom)
                writer.writeVarint(message.sentAtMilliseconds)
                writer.writeBytes(message.body)
            }
        case .registerRead(let promised, let accepted, let value):
            begin(.registerRead, &writer)
            writer.write(promised)
            writer.write(accepted)
            writer.writeBytes(value)
        case .registerPromised(let ballot, let accepted, let value):
            begin(.registerPromised, &writer)
            writer.write(ballot)
            writer.write(accepted)
            writer.writeBytes(value)
        case .registerAccepted(let ballot):
            begin(.registerAccepted, &writer)
            writer.write(ballot)
        case .registerConflict(let ballot, let promised):
            begin(.registerConflict, &writer)
            writer.write(ballot)
            writer.write(promised)
        case .page(let page):
            begin(.page, &writer)
            write(page, to: &writer)
        case .compared(let slot, let isEqual):
            begin(.compared, &writer)
            writer.write(slot)
            writer.write(isEqual)
        case .confirmed:
            begin(.confirmed, &writer)
        case .collected(let told):
            begin(.collected, &writer)
            write(told, to: &writer)
        case .behind:
            begin(.behind, &writer)
        case .finished:
            begin(.finished, &writer)
        case .expanded(let slots):
            begin(.expanded, &writer)
            writer.writeCount(slots.count)
            for slot in slots { writer.write(slot) }
        case .erased(let places):
            begin(.erased, &writer)
            write(places, to: &writer)
        case .vouched(let doubts):
            begin(.vouched, &writer)
            write(doubts, to: &writer)
        }
    }

    static func readReply(_ kind: Kind, from reader: inout ByteReader) throws(ByteReaderError) -> GatewayReply {
        let token = try reader.readUInt64()
        return GatewayReply(token: token, kind: try readReplyKind(kind, from: &reader))
    }

    private static func readReplyKind(
        _ kind: Kind, from reader: inout ByteReader
    ) throws(ByteReaderError) -> GatewayReply.Kind {
        switch kind {
        case .replicated:
            return .replicated
        case .refused:
            guard let refusal = GatewayReply.Refusal(rawValue: try reader.readByte()) else {
                throw .invalidValue(field: "refusal")
            }
            return .refused(refusal, at: try reader.readVarint())
        case .stale:
            return .stale(epoch: try reader.readVarint())
        case .facts:
            return .facts(try readFacts(from: &reader))
        case .subscribed:
            return .subscribed(
                try reader.readList { reader throws(ByteReaderError) in
                    let key = try reader.readStreamKey()
                    return .init(
                        key: key, sender: try reader.readAddress(), watermark: try reader.readVarint(),
                        top: try reader.readVarint())
                })
        case .superseded:
            return .superseded(bySessionNumber: try reader.readVarint())
        case .deviceRemoved:
            return .deviceRemoved
        case .devicesChanged:
            return .devicesChanged(count: try reader.readCount(limit: Limits.devicesMax))
        case .accountDisabled:
            return .accountDisabled
        case .push:
            return .push(
                .init(
                    slot: try reader.readSlot(), key: try reader.readStreamKey(), sender: try reader.readAddress(),
                    number: try reader.readVarint(), watermark: try reader.readVarint(),
                    lostFrom: try reader.readVarint(), sentAtMilliseconds: try reader.readVarint(),
                    body: try reader.readBytes(limit: MessageContent.bytesMax)))
        case .announce:
            return .announce(
                slot: try reader.readSlot(), key: try reader.readStreamKey(), sender: try reader.readAddress(),
                number: try reader.readVarint(), watermark: try reader.readVarint())
        case .receiptFor:
            return .receipt(slot: try reader.readSlot(), try readStreamReceipt(from: &reader))
        case .settingsChanged:
            return .settingsChanged(sharesReads: try reader.readBool())
        case .readers:
            return .readers(
                try reader.readList { reader throws(ByteReaderError) in try readGroupReader(from: &reader) })
        case .unread:
            return .unread(
                try reader.readList { reader throws(ByteReaderError) in
                    let key = try reader.readStreamKey()
                    return .init(
                        key: key, sender: try reader.readAddress(), top: try reader.readVarint(),
                        seenUpTo: try reader.readVarint())
                })
        case .fetched:
            return .fetched(try readFetched(from: &reader))
        case .registerRead:
            return .registerRead(
                promised: try reader.readBallot(), accepted: try reader.readBallot(),
                value: try reader.readBytes(limit: registerBytesMax))
        case .registerPromised:
            return .registerPromised(
                try reader.readBallot(), accepted: try reader.readBallot(),
                value: try reader.readBytes(limit: registerBytesMax))
        case .registerAccepted:
            return .registerAccepted(try reader.readBallot())
        case .registerConflict:
            return .registerConflict(try reader.readBallot(), promised: try reader.readBallot())
        case .page:
            return .page(try readPage(from: &reader))
        case .compared:
            return .compared(try reader.readSlot(), isEqual: try reader.readBool())
        case .confirmed:
            return .confirmed
        case .collected:
            return .collected(
                try reader.readList { reader throws(ByteReaderError) in try readWaiting(from: &reader) })
        case .behind:
            return .behind
        case .finished:
            return .finished
        case .expanded:
            return .expanded(try reader.readList { reader throws(ByteReaderError) in try reader.readSlot() })
        case .erased:
            return .erased(try readPlaces(from: &reader))
        case .vouched:
            return .vouched(try reader.readList { reader throws(ByteReaderError) in try readDoubt(from: &reader) })
        case .subscribeAgain, .presence, .replicate, .ask, .subscribe, .unsubscribe, .forget, .acknowledge, .receipt,
            .fetch,
            .readRegister, .prepareRegister, .acceptRegister, .pull, .compare, .confirm, .collect, .finish, .expand,
            .replicateToGroup, .receiptsKnown, .askUnread, .askReaders, .vouch, .erase:
            throw .invalidValue(field: "reply kind")
        }
    }

    private static func readFacts(
        from reader: inout ByteReader
    ) throws(ByteReaderError) -> GatewayReply.StreamFacts {
        var facts = GatewayReply.StreamFacts()
        facts.exists = try reader.readBool()
        facts.top = try reader.readVarint()
        facts.watermark = try reader.readVarint()
        facts.deliveredUpTo = try reader.readVarint()
        facts.receipt = try reader.readReceiptProgress()
        return facts
    }

    private static func readFetched(from reader: inout ByteReader) throws(ByteReaderError) -> GatewayReply.Fetched {
        let key = try reader.readStreamKey()
        let text = try reader.readText(limit: Address.lengthMax)
        let sender = Address(text)
        guard text.isEmpty || sender != nil else { throw .invalidValue(field: "user name") }
        let watermark = try reader.readVarint()
        let isDamaged = try reader.readBool()
        let messages = try reader.readList { reader throws(ByteReaderError) in
            GatewayReply.Fetched.Message(
                number: try reader.readVarint(), lostFrom: try reader.readVarint(),
                sentAtMilliseconds: try reader.readVarint(),
                body: try reader.readBytes(limit: MessageContent.bytesMax))
        }
        return .init(key: key, sender: sender, watermark: watermark, messages: messages, isDamaged: isDamaged)
    }
}
