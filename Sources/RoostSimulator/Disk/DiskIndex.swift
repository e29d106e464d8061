import RoostConsensus
import RoostCore
import RoostNode
import RoostRing

/// What is really on a node's stable storage, as the checkers see it: kept by the simulator from what was synced, never by
/// asking a machine.
struct DiskIndex: Sendable {
    /// A message of somebody's mailbox.
    struct Message: Hashable, Sendable {
        let recipient: Address
        let key: StreamKey
        let number: StreamNumber
    }

    private struct Register: Sendable {
        var state: RegisterState
        var segment: UInt32
        /// It is of a time before the slot was given up: what is copied when the slot comes back stands in its place.
        var isFormer = false
    }

    /// The hash of one that has ended does not count: an owner may have copied the word that it has, and never the message.
    private var messages: [Message: (hash: UInt64?, segment: UInt32)] = [:]
    private var registers: [Address: Register] = [:]

    /// A record is on stable storage.
    mutating func add(_ record: ReplicaRecord, segment: UInt32) {
        switch record {
        case .message(let head):
            let message = Message(recipient: head.recipient, key: head.key, number: head.number)
            // The cleaner may bring along what has ended while it was at work: that is dead as soon as it is written.
            if head.end != .passed, let known = messages[message], known.hash == nil { return }
            messages[message] = (head.end == .passed ? nil : head.bodyHash, segment)
        case .register(let key, let state):
            if let known = registers[key], !known.isFormer,
                (known.state.promised, known.state.accepted) > (state.promised, state.accepted)
            {
                return
            }
            registers[key] = Register(state: state, segment: segment)
        case .expansion(let head):
            for recipient in head.recipients {
                let key = StreamKey.ofGroup(head.group, since: recipient.since)
                messages[Message(recipient: recipient.member, key: key, number: head.number)] = (0, segment)
            }
        case .watermark, .receipt, .lastSeen, .merged, .restored, .lost:
            // They may be lost.
            break
        }
    }

    /// A segment's file is gone. Returns the registers whose only record was in it.
    mutating func remove(segment: UInt32) -> [Address] {
        messages = messages.filter { $0.value.segment != segment }
        let lost = registers.filter { $0.value.segment == segment }
        for key in lost.keys { registers[key] = nil }
        return lost.filter { !$0.value.isFormer }.keys.sorted()
    }

    /// The node goes by a ring in which others own these registers.
    mutating func giveUp(where areOthers: (Address) -> Bool) {
        for key in registers.keys where areOthers(key) { registers[key]?.isFormer = true }
    }

    /// A slot of this ring was given up.
    mutating func drop(_ slot: Slot, of ring: RingTable) {
        messages = messages.filter { ring.slot(of: $0.key.recipient) != slot }
    }

    func holds(_ message: Message) -> Bool { messages[message] != nil }

    func holds(_ message: Message, hash: UInt64) -> Bool { messages[message].map { $0.hash ?? hash == hash } ?? false }

    func register(_ key: Address) -> RegisterState { registers[key]?.state ?? RegisterState() }
}
