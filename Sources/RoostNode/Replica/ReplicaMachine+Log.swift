import OrderedCollections
import RoostCore
import RoostMailbox

extension ReplicaMachine {
    /// The log has written what was appended under this token, durably if that was asked.
    mutating func appended(_ token: UInt64, locations: [LogLocation], into actions: inout [ShardAction]) {
        guard let purpose = appends.removeValue(forKey: token) else { return }
        switch purpose {
        case .messages(let slot, let version, let batch, let floor, let appended, let gateway):
            for (record, location) in zip(floor, locations) { settle(record, at: location) }
            messagesDurable(
                batch, appended: appended, locations: Array(locations.dropFirst(floor.count)), slot: slot,
                version: version, answer: gateway, into: &actions)
        case .marks(let records):
            for (record, location) in zip(records, locations) { settle(record, at: location) }
        case .register(let key, let state, let slot, let version, let gateway, let reply):
            for location in locations { settle(.register(key: key, state), at: location) }
            if isCurrent(version, of: slot) { actions.append(.send(gateway, .reply(reply))) }
        case .copied(let slot, let records):
            for (copied, location) in zip(records, locations) {
                settle(copied.record, bodyBytes: copied.bodyBytes, at: location)
            }
            if endCopying(slot) { mergesEnded.append(.copied(slot)) }
        case .merged(let slot, let version, let marks):
            for case .restored(let slot, let parts) in marks { mend(parts, of: slot) }
            let records = marks + [.merged(slot, version: version)]
            for (record, location) in zip(records, locations) { settle(record, at: location) }
            mergesEnded.append(.merged(slot, version: version))
        case .moved(let move):
            movedDurable(move, locations: locations, into: &actions)
        case .collect(let collect, let slot, let version, let gateway):
            if isCurrent(version, of: slot) { tellWaiting(collect, to: gateway, into: &actions) }
        case .finish(let records, let slot, let version, let gateway, let token):
            for (record, location) in zip(records, locations) { settle(record, at: location) }
            if isCurrent(version, of: slot) { reply(.finished, token: token, to: gateway, into: &actions) }
        case .ended(let records, _):
            endedDurable(records, locations: locations)
        case .erased(let records, let places, let slot, let version, let gateway, let token):
            for (record, location) in zip(records, locations) { settle(record, at: location) }
            if isCurrent(version, of: slot) { reply(.erased(places), token: token, to: gateway, into: &actions) }
        case .expansion(let expansion, let floors, let heads, let slots, let gateway):
            expansionDurable(
                expansion, floors: floors, heads, locations: locations, slots: slots, to: gateway, into: &actions)
        }
        flushFreed(into: &actions)
    }

    /// Whether something waits for the log's queue to have room.
    var isStalled: Bool { !stalledMoves.isEmpty || !stalledMarks.isEmpty }

    /// Some of what had to wait goes in again.
    mutating func logStalled(into actions: inout [ShardAction]) {
        if let move = stalledMoves.popLast() { append(move, into: &actions) }
        logStalledMarks(into: &actions)
    }

    /// The log did not take what was appended under this token: its queue is at the limit.
    mutating func appendRefused(_ token: UInt64, into actions: inout [ShardAction]) {
        guard let purpose = appends.removeValue(forKey: token) else { return }
        switch purpose {
        case .messages(_, _, let batch, let floor, let appended, let gateway):
            stallMarks(of: floor)
            for place in appended.reversed() {
                entries[batch.recipient]?.mailbox.withdraw(batch.key, number: batch.messages[place].number)
            }
            if let gateway, let first = appended.first {
                let kind = GatewayReply.Kind.refused(.overloaded, at: batch.messages[first].number)
                actions.append(.send(gateway, .reply(GatewayReply(token: batch.token, kind: kind))))
            }
        case .marks(let records):
            stallMarks(of: records)
        case .register:
            // Not answered: the proposer asks again. What was promised in memory only is stricter than the disk.
            break
        case .copied(let slot, let records):
            // What is in memory only is not held: it is copied again, from the start. A mark is not copied again, for it has
            // risen already.
            for case .message(let head) in records.lazy.map(\.record) {
                entries[head.recipient]?.mailbox.withdraw(head.key, number: head.number)
            }
            stallMarks(of: records.map(\.record))
            _ = endCopying(slot)
            mergesEnded.append(.spoiled(slot))
        case .merged(let slot, _, let marks):
            stallMarks(of: marks)
            mergesEnded.append(.spoiled(slot))
        case .moved(let move):
            stalledMoves.append(move)
        case .collect:
            // Asked again.
            break
        case .finish(let records, _, _, _, _), .erased(let records, _, _, _, _, _):
            stallMarks(of: records)
        case .ended(let records, let wallMilliseconds):
            endingRefused(records, wallMilliseconds: wallMilliseconds)
        case .expansion(let expansion, let floors, let heads, _, _):
            stallMarks(of: floors)
            withdraw(heads, of: expansion)
        }
    }

    /// The log has read what was asked under this token; `nil` where it could not.
    mutating func read(_ token: UInt64, bodies: [[UInt8]?], into actions: inout [ShardAction]) {
        guard let purpose = reads.removeValue(forKey: token) else { return }
        switch purpose {
        case .push(let slot, let user, let device, let sessionNumber, let items):
            readForPush(
                user: user, device: device, sessionNumber: sessionNumber, slot: slot, items, bodies: bodies,
                into: &actions)
        case .fetch(let gateway, let token, let user, let answer, let messages):
            readForFetch(
                gateway: gateway, token: token, user: user, answer, messages, bodies: bodies, into: &actions)
        }
    }
}
