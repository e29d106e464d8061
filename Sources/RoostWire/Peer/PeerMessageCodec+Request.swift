import RoostConsensus
import RoostCore
import RoostNode

extension PeerMessageCodec {
    static func write(_ request: ReplicaRequest, to writer: inout ByteWriter) {
        func begin(_ kind: Kind, _ writer: inout ByteWriter) {
            writer.write(kind)
            writer.write(request.slot)
            writer.writeVarint(request.version)
        }
        switch request.kind {
        case .replicate(let batch):
            begin(batch.listVersion == nil ? .replicate : .replicateToGroup, &writer)
            if let version = batch.listVersion { writer.writeVarint(version) }
            writer.writeFixed(batch.token)
            writer.write(batch.recipient)
            writer.write(batch.sender)
            writer.write(batch.key)
            writer.writeVarint(batch.floor)
            writer.writeCount(batch.messages.count)
            for message in batch.messages {
                writer.writeVarint(message.number)
                writer.writeFixed(message.bodyHash)
                writer.writeVarint(message.sentAtMilliseconds)
                writer.write(message.isRetry)
                writer.writeBytes(message.body)
            }
        case .ask(let question):
            begin(.ask, &writer)
            writer.writeFixed(question.token)
            writer.write(question.mailbox)
            writer.write(question.key)
            writer.writeFixed(question.device)
            writer.writeText(question.reader?.text ?? "")
        case .subscribe(let subscribe):
            begin(.subscribe, &writer)
            writer.writeFixed(subscribe.session)
            writer.writeVarint(subscribe.sessionNumber)
            writer.write(subscribe.user)
            writer.writeFixed(subscribe.device)
            writer.write(subscribe.mode.rawValue)
            writer.writeVarint(UInt64(subscribe.window))
            writer.writeCount(subscribe.resume.count)
            for point in subscribe.resume {
                writer.write(point.key)
                writer.writeVarint(point.released)
            }
            writer.write(subscribe.sharesReads)
            writer.writeVarint(subscribe.wallMilliseconds)
        case .unsubscribe(let user, let device, let session):
            begin(.unsubscribe, &writer)
            writer.write(user)
            writer.writeFixed(device)
            writer.writeFixed(session)
        case .forget(let session):
            begin(.forget, &writer)
            writer.writeFixed(session)
        case .acknowledge(let acknowledge):
            begin(.acknowledge, &writer)
            writer.write(acknowledge.user)
            writer.writeFixed(acknowledge.device)
            writer.write(acknowledge.key)
            writer.write(acknowledge.sender)
            writer.writeVarint(acknowledge.upTo)
        case .receipt(let receipt, let token):
            begin(.receipt, &writer)
            writer.writeFixed(token)
            write(receipt, to: &writer)
        case .receiptsKnown(let known):
            begin(.receiptsKnown, &writer)
            writer.write(known.user)
            writer.writeFixed(known.device)
            writer.writeCount(known.receipts.count)
            for receipt in known.receipts { write(receipt, to: &writer) }
        case .askReaders(let token, let group):
            begin(.askReaders, &writer)
            writer.writeFixed(token)
            writer.write(group)
        case .askUnread(let token, let user):
            begin(.askUnread, &writer)
            writer.writeFixed(token)
            writer.write(user)
        case .fetch(let fetch):
            begin(.fetch, &writer)
            writer.writeFixed(fetch.token)
            writer.write(fetch.user)
            writer.writeFixed(fetch.device)
            writer.write(fetch.key)
            writer.writeVarint(fetch.from)
            writer.writeVarint(UInt64(fetch.count))
        case .readRegister(let token, let key):
            begin(.readRegister, &writer)
            writer.writeFixed(token)
            writer.write(key)
        case .prepareRegister(let token, let key, let ballot):
            begin(.prepareRegister, &writer)
            writer.writeFixed(token)
            writer.write(key)
            writer.write(ballot)
        case .acceptRegister(let token, let key, let ballot, let value):
            begin(.acceptRegister, &writer)
            writer.writeFixed(token)
            writer.write(key)
            writer.write(ballot)
            writer.writeBytes(value)
        case .pull(let token, let cursor):
            begin(.pull, &writer)
            writer.writeFixed(token)
            write(cursor, to: &writer)
        case .compare(let token, let digest):
            begin(.compare, &writer)
            writer.writeFixed(token)
            writer.writeFixed(digest)
        case .confirm(let token):
            begin(.confirm, &writer)
            writer.writeFixed(token)
        case .collect(let collect):
            begin(.collect, &writer)
            write(collect, to: &writer)
        case .finish(let finish):
            begin(.finish, &writer)
            write(finish, to: &writer)
        case .vouch(let vouch):
            begin(.vouch, &writer)
            write(vouch, to: &writer)
        case .erase(let erase):
            begin(.erase, &writer)
            writer.writeFixed(erase.token)
            writer.write(erase.user)
            writer.write(erase.other)
            write(erase.inbound, to: &writer)
            write(erase.own, to: &writer)
        }
    }

    static func write(_ places: [StreamPlace], to writer: inout ByteWriter) {
        writer.writeCount(places.count)
        for place in places {
            writer.write(place.key)
            writer.writeVarint(place.upTo)
        }
    }

    static func readPlaces(from reader: inout ByteReader) throws(ByteReaderError) -> [StreamPlace] {
        try reader.readList { reader throws(ByteReaderError) in
            let place = StreamPlace(key: try reader.readStreamKey(), upTo: try reader.readVarint())
            // One above it is a number as well.
            guard place.upTo < 1 << 63 else { throw .invalidValue(field: "place in a stream") }
            return place
        }
    }

    static func write(_ receipt: ReplicaRequest.Receipt, to writer: inout ByteWriter) {
        writer.write(receipt.user)
        writer.write(receipt.key)
        writer.write(receipt.reader)
        writer.write(receipt.progress)
    }

    static func write(_ receipt: StreamReceipt, to writer: inout ByteWriter) {
        writer.write(receipt.reader)
        writer.write(receipt.key)
        writer.writeVarint(receipt.deliveredUpTo)
        writer.writeVarint(receipt.readUpTo)
        writer.write(receipt.expired)
    }

    static func readStreamReceipt(from reader: inout ByteReader) throws(ByteReaderError) -> StreamReceipt {
        StreamReceipt(
            reader: try reader.readAddress(), key: try reader.readStreamKey(), deliveredUpTo: try reader.readVarint(),
            readUpTo: try reader.readVarint(), expired: try reader.readNumberRuns())
    }

    static func readRequest(_ kind: Kind, from reader: inout ByteReader) throws(ByteReaderError) -> ReplicaRequest {
        let slot = try reader.readSlot()
        let version = try reader.readVarint()
        return ReplicaRequest(slot: slot, version: version, kind: try readRequestKind(kind, from: &reader))
    }

    private static func readRequestKind(
        _ kind: Kind, from reader: inout ByteReader
    ) throws(ByteReaderError) -> ReplicaRequest.Kind {
        switch kind {
        case .replicate:
            .replicate(try readReplicate(listVersion: nil, from: &reader))
        case .replicateToGroup:
            .replicate(try readReplicate(listVersion: try reader.readVarint(), from: &reader))
        case .collect:
            .collect(try readCollect(from: &reader))
        case .finish:
            .finish(try readFinish(from: &reader))
        case .vouch:
            .vouch(try readVouch(from: &reader))
        case .erase:
            .erase(
                .init(
                    token: try reader.readUInt64(), user: try reader.readAddress(), other: try reader.readAddress(),
                    inbound: try readPlaces(from: &reader), own: try readPlaces(from: &reader)))
        case .ask:
            .ask(try readQuestion(from: &reader))
        case .subscribe:
            .subscribe(try readSubscribe(from: &reader))
        case .unsubscribe:
            .unsubscribe(
                user: try reader.readAddress(), device: try reader.readUInt64(), session: try reader.readUInt64())
        case .forget:
            .forget(session: try reader.readUInt64())
        case .acknowledge:
            try readAcknowledge(from: &reader)
        case .receipt:
            try readReceiptRequest(from: &reader)
        case .receiptsKnown:
            .receiptsKnown(try readReceiptsKnown(from: &reader))
        case .askReaders:
            .askReaders(token: try reader.readUInt64(), group: try reader.readAddress())
        case .askUnread:
            .askUnread(token: try reader.readUInt64(), user: try reader.readAddress())
        case .fetch:
            .fetch(
                .init(
                    token: try reader.readUInt64(), user: try reader.readAddress(), device: try reader.readUInt64(),
                    key: try reader.readStreamKey(), from: try reader.readVarint(),
                    count: UInt32(try reader.readCount(limit: Limits.windowMax))))
        case .readRegister:
            .readRegister(token: try reader.readUInt64(), key: try reader.readAddress())
        case .prepareRegister:
            .prepareRegister(
                token: try reader.readUInt64(), key: try reader.readAddress(), ballot: try reader.readBallot())
        case .acceptRegister:
            .acceptRegister(
                token: try reader.readUInt64(), key: try reader.readAddress(), ballot: try reader.readBallot(),
                value: try reader.readBytes(limit: registerBytesMax))
        case .pull:
            .pull(token: try reader.readUInt64(), after: try readCursor(from: &reader))
        case .compare:
            .compare(token: try reader.readUInt64(), digest: try reader.readUInt64())
        case .confirm:
            .confirm(token: try reader.readUInt64())
        case .subscribeAgain, .presence, .replicated, .refused, .stale, .facts, .subscribed, .superseded,
            .deviceRemoved, .devicesChanged, .push,
            .announce, .receiptFor, .fetched, .registerRead, .registerPromised, .registerAccepted, .registerConflict,
            .page, .compared, .confirmed, .collected, .behind, .finished, .expanded, .expand,
            .accountDisabled, .settingsChanged, .unread, .readers, .vouched, .erased:
            throw .invalidValue(field: "request kind")
        }
    }

    private static func readReplicate(
        listVersion: UInt64?, from reader: inout ByteReader
    ) throws(ByteReaderError) -> ReplicaRequest.Replicate {
        .init(
            token: try reader.readUInt64(), recipient: try reader.readAddress(), sender: try reader.readAddress(),
            key: try reader.readStreamKey(), floor: try reader.readVarint(),
            messages: try reader.readList { reader throws(ByteReaderError) in try readEntry(from: &reader) },
            listVersion: listVersion)
    }

    private static func readEntry(
        from reader: inout ByteReader
    ) throws(ByteReaderError) -> ReplicaRequest.Replicate.Entry {
        .init(
            number: try reader.readVarint(), bodyHash: try reader.readUInt64(),
            sentAtMilliseconds: try reader.readVarint(), isRetry: try reader.readBool(),
            body: try reader.readBytes(limit: MessageContent.bytesMax))
    }

    private static func readQuestion(
        from reader: inout ByteReader
    ) throws(ByteReaderError) -> ReplicaRequest.Question {
        let token = try reader.readUInt64()
        let mailbox = try reader.readAddress()
        let key = try reader.readStreamKey()
        let device = try reader.readUInt64()
        let text = try reader.readText(limit: Address.lengthMax)
        let name = Address(text)
        guard text.isEmpty || name != nil else { throw .invalidValue(field: "user name") }
        return .init(token: token, mailbox: mailbox, key: key, device: device, reader: name)
    }

    private static func readSubscribe(
        from reader: inout ByteReader
    ) throws(ByteReaderError) -> ReplicaRequest.Subscribe {
        let session = try reader.readUInt64()
        let number = try reader.readVarint()
        let user = try reader.readAddress()
        let device = try reader.readUInt64()
        guard let mode = ReplicaRequest.Subscribe.Mode(rawValue: try reader.readByte()) else {
            throw .invalidValue(field: "subscription mode")
        }
        let window = UInt32(try reader.readCount(limit: Limits.windowMax))
        let resume = try reader.readList { reader throws(ByteReaderError) in
            ReplicaRequest.Subscribe.Point(key: try reader.readStreamKey(), released: try reader.readVarint())
        }
        return .init(
            session: session, sessionNumber: number, user: user, device: device, mode: mode, window: window,
            resume: resume, sharesReads: try reader.readBool(), wallMilliseconds: try reader.readVarint())
    }

    private static func readReceiptRequest(
        from reader: inout ByteReader
    ) throws(ByteReaderError) -> ReplicaRequest.Kind {
        let token = try reader.readUInt64()
        return .receipt(try readReceipt(from: &reader), token: token)
    }

    private static func readReceiptsKnown(
        from reader: inout ByteReader
    ) throws(ByteReaderError) -> ReplicaRequest.ReceiptsKnown {
        let user = try reader.readAddress()
        let device = try reader.readUInt64()
        let count = try reader.readCount(limit: Limits.receiptsKnownMax)
        var receipts: [StreamReceipt] = []
        for _ in 0..<count { receipts.append(try readStreamReceipt(from: &reader)) }
        return .init(user: user, device: device, receipts: receipts)
    }

    private static func readAcknowledge(
        from reader: inout ByteReader
    ) throws(ByteReaderError) -> ReplicaRequest.Kind {
        let user = try reader.readAddress()
        let device = try reader.readUInt64()
        let key = try reader.readStreamKey()
        return .acknowledge(
            .init(
                user: user, device: device, key: key, sender: try reader.readAddress(), upTo: try reader.readVarint()))
    }

    static func readReceipt(
        from reader: inout ByteReader
    ) throws(ByteReaderError) -> ReplicaRequest.Receipt {
        let user = try reader.readAddress()
        let key = try reader.readStreamKey()
        return .init(
            user: user, key: key, reader: try reader.readAddress(), try reader.readReceiptProgress())
    }
}
