import RoostCore
import RoostNode
import RoostSession

/// Bytes of what is said about presence and typing.
extension PeerMessageCodec {
    private enum PresenceKind: UInt8 {
        case want = 1
        case handed = 2
        case watch = 3
        case told = 4
        case judge = 5
        case judged = 6
        case seen = 7
        case rollCall = 8
        case typing = 9
        case typingFor = 10
        case clockAsked = 11
        case clockTold = 12
    }

    static func write(_ message: PresenceMessage, to writer: inout ByteWriter) {
        func begin(_ kind: PresenceKind, _ writer: inout ByteWriter) {
            writer.write(Kind.presence)
            writer.write(kind.rawValue)
        }
        switch message {
        case .want(let slot, let user, let shard, let isWanted):
            begin(.want, &writer)
            writer.write(slot)
            writer.write(user)
            writer.writeFixed(shard)
            writer.write(isWanted)
        case .handed(let token, let told, let teller):
            begin(.handed, &writer)
            writer.writeFixed(token)
            write(told, to: &writer)
            writer.write(teller)
        case .watch(let slot, let version, let user, let hub, let isWatched):
            begin(.watch, &writer)
            writer.write(slot)
            writer.writeVarint(version)
            writer.write(user)
            writer.writeFixed(hub)
            writer.write(isWatched)
        case .told(let token, let told):
            begin(.told, &writer)
            writer.writeFixed(token)
            writer.writeCount(told.count)
            for one in told { write(one, to: &writer) }
        case .judge(let slot, let version, let token, let user, let watchers):
            begin(.judge, &writer)
            writer.write(slot)
            writer.writeVarint(version)
            writer.writeFixed(token)
            writer.write(user)
            writer.writeCount(watchers.count)
            for watcher in watchers { writer.write(watcher) }
        case .judged(let token, let user, let rule, let verdicts):
            begin(.judged, &writer)
            writer.writeFixed(token)
            writer.write(user)
            writer.writeFixed(rule)
            writer.writeCount(verdicts.count)
            for verdict in verdicts {
                writer.write(verdict.watcher)
                writer.write(verdict.isAllowed)
            }
        case .seen(let slot, let version, let seen):
            begin(.seen, &writer)
            writer.write(slot)
            writer.writeVarint(version)
            writer.writeCount(seen.count)
            for one in seen {
                writer.write(one.user)
                writer.writeVarint(one.milliseconds)
            }
        case .rollCall(let token, let calls):
            begin(.rollCall, &writer)
            writer.writeFixed(token)
            writer.writeCount(calls.count)
            for call in calls {
                writer.write(call.slot)
                writer.writeFixed(call.session)
            }
        case .typing(let slot, let version, let notice):
            begin(.typing, &writer)
            writer.write(slot)
            writer.writeVarint(version)
            write(notice, to: &writer)
        case .typingFor(let token, let slot, let notice):
            begin(.typingFor, &writer)
            writer.writeFixed(token)
            writer.write(slot)
            write(notice, to: &writer)
        case .clockAsked(let token, let asked):
            begin(.clockAsked, &writer)
            writer.writeFixed(token)
            writer.writeFixed(asked.nanoseconds)
        case .clockTold(let token, let asked, let told):
            begin(.clockTold, &writer)
            writer.writeFixed(token)
            writer.writeFixed(asked.nanoseconds)
            writer.writeFixed(told.nanoseconds)
        }
    }

    private static func write(_ told: PresenceMessage.Told, to writer: inout ByteWriter) {
        writer.write(told.user)
        writer.writeVarint(told.version)
        switch told.state {
        case .person(.unknown): writer.write(UInt8(0))
        case .person(.online): writer.write(UInt8(1))
        case .person(.offline(let milliseconds)):
            writer.write(UInt8(2))
            writer.writeVarint(milliseconds)
        case .group(let progress):
            writer.write(UInt8(3))
            writer.writeVarint(UInt64(progress.members))
            write(progress.delivered, to: &writer)
            write(progress.read, to: &writer)
        }
        writer.write(told.rule != nil)
        if let rule = told.rule { writer.writeFixed(rule) }
    }

    private static func write(_ steps: [GroupProgress.Step], to writer: inout ByteWriter) {
        writer.writeCount(steps.count)
        for step in steps {
            writer.writeVarint(step.upTo)
            writer.writeVarint(UInt64(step.members))
        }
    }

    private static func write(_ notice: TypingNotice, to writer: inout ByteWriter) {
        writer.write(notice.from)
        writer.write(notice.to)
        writer.writeText(notice.group?.text ?? "")
        writer.write(notice.isRecording)
        writer.writeVarint(notice.age.nanoseconds)
        writer.writeFixed(notice.stamp.nanoseconds)
    }

    static func readPresence(from reader: inout ByteReader) throws(ByteReaderError) -> PresenceMessage {
        guard let kind = PresenceKind(rawValue: try reader.readByte()) else {
            throw .invalidValue(field: "presence kind")
        }
        switch kind {
        case .want:
            return .want(
                slot: try reader.readSlot(), user: try reader.readAddress(), shard: try reader.readUInt64(),
                isWanted: try reader.readBool())
        case .handed:
            return .handed(
                try reader.readUInt64(), try readTold(from: &reader), teller: try reader.readUniqueID())
        case .watch:
            return .watch(
                slot: try reader.readSlot(), version: try reader.readVarint(), user: try reader.readAddress(),
                hub: try reader.readUInt64(), isWatched: try reader.readBool())
        case .told:
            return .told(
                try reader.readUInt64(),
                try reader.readList { reader throws(ByteReaderError) in try readTold(from: &reader) })
        case .judge:
            return .judge(
                slot: try reader.readSlot(), version: try reader.readVarint(), token: try reader.readUInt64(),
                user: try reader.readAddress(),
                watchers: try reader.readList { reader throws(ByteReaderError) in try reader.readAddress() })
        case .judged:
            return .judged(
                try reader.readUInt64(), user: try reader.readAddress(), rule: try reader.readUInt64(),
                try reader.readList { reader throws(ByteReaderError) in
                    PresenceMessage.Verdict(watcher: try reader.readAddress(), isAllowed: try reader.readBool())
                })
        case .seen:
            return .seen(
                slot: try reader.readSlot(), version: try reader.readVarint(),
                try reader.readList { reader throws(ByteReaderError) in
                    PresenceMessage.Seen(user: try reader.readAddress(), milliseconds: try reader.readVarint())
                })
        case .rollCall:
            return .rollCall(
                try reader.readUInt64(),
                try reader.readList { reader throws(ByteReaderError) in
                    PresenceMessage.Call(slot: try reader.readSlot(), session: try reader.readUInt64())
                })
        case .typing:
            return .typing(
                slot: try reader.readSlot(), version: try reader.readVarint(), try readNotice(from: &reader))
        case .typingFor:
            return .typingFor(
                try reader.readUInt64(), slot: try reader.readSlot(), try readNotice(from: &reader))
        case .clockAsked:
            return .clockAsked(try reader.readUInt64(), asked: Instant(nanoseconds: try reader.readUInt64()))
        case .clockTold:
            return .clockTold(
                try reader.readUInt64(), asked: Instant(nanoseconds: try reader.readUInt64()),
                told: Instant(nanoseconds: try reader.readUInt64()))
        }
    }

    private static func readTold(from reader: inout ByteReader) throws(ByteReaderError) -> PresenceMessage.Told {
        let user = try reader.readAddress()
        let version = try reader.readVarint()
        let state: WatchedState
        switch try reader.readByte() {
        case 0: state = .unknown
        case 1: state = .person(.online)
        case 2: state = .person(.offline(lastSeenMilliseconds: try reader.readVarint()))
        case 3:
            state = .group(
                GroupProgress(
                    members: try readMembers(from: &reader), delivered: try readSteps(from: &reader),
                    read: try readSteps(from: &reader)))
        default: throw .invalidValue(field: "presence state")
        }
        let rule = try reader.readBool() ? try reader.readUInt64() : nil
        return .init(user: user, version: version, state: state, rule: rule)
    }

    private static func readSteps(from reader: inout ByteReader) throws(ByteReaderError) -> [GroupProgress.Step] {
        var steps: [GroupProgress.Step] = []
        for _ in 0..<(try reader.readCount(limit: GroupProgress.stepsMax)) {
            steps.append(.init(upTo: try reader.readVarint(), members: try readMembers(from: &reader)))
        }
        return steps
    }

    private static func readMembers(from reader: inout ByteReader) throws(ByteReaderError) -> UInt32 {
        guard let count = UInt32(exactly: try reader.readVarint()) else { throw .invalidValue(field: "members") }
        return count
    }

    private static func readNotice(from reader: inout ByteReader) throws(ByteReaderError) -> TypingNotice {
        let from = try reader.readAddress()
        let to = try reader.readAddress()
        let text = try reader.readText(limit: Address.lengthMax)
        let group = Address(text)
        guard text.isEmpty || group?.kind == .group else { throw .invalidValue(field: "group") }
        return TypingNotice(
            from: from, to: to, group: group, isRecording: try reader.readBool(),
            age: TimeSpan(nanoseconds: try reader.readVarint()), stamp: Instant(nanoseconds: try reader.readUInt64()))
    }
}
