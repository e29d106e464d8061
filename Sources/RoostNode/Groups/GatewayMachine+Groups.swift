import OrderedCollections
import RoostCore
import RoostRing
import RoostSession

/// What a session sends to a group.
extension GatewayMachine {
    /// The group's list was read for a stream to it that is to be opened, or is asked about.
    mutating func listRead(
        _ answer: RegisterAnswer, for key: OutboundKey, session: GatewayToken, query: UInt64?, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard let machine = sessions[session]?.machine, let user = machine.user else { return }
        switch answer {
        case .value(let value):
            guard let group = Group(stored: value), group.contains(user) else {
                return fail(
                    key, session: session, query: query, .notAMember, "not a member of a group \(key.to)", now: now,
                    into: &actions)
            }
            sessions[session]?.listVersions[key.to] = group.version
            let stream = StreamKey(device: machine.device, stream: key.stream)
            let question = ReplicaRequest.Question(token: newToken(), mailbox: key.to, key: stream)
            ask(
                question, session: session, purpose: query.map { .queryHeld(id: $0, key) } ?? .open(key), now: now,
                into: &actions)
        case .refused, .unavailable, .outcomeUnknown:
            fail(
                key, session: session, query: query, .unavailable,
                "the owners of the group cannot be reached from here", now: now, into: &actions)
        }
    }

    private mutating func fail(
        _ key: OutboundKey, session: GatewayToken, query: UInt64?, _ code: ErrorCode, _ text: String, now: Instant,
        into actions: inout [ShardAction]
    ) {
        step(session, now: now, into: &actions) { machine, output in
            if let query {
                machine.queryFailed(id: query, key, code, text, into: &output)
            } else {
                machine.streamFailed(key, code, text, into: &output)
            }
        }
    }

    /// Sends a batch to the owners of a group. Each message says from now on where it comes from: its members get it on the
    /// group's stream, and the sender's other devices with them.
    mutating func replicate(
        _ key: OutboundKey, toGroup batch: [OutboundMessage], session: GatewayToken, user: Address, device: DeviceID,
        now: Instant, into actions: inout [ShardAction]
    ) {
        guard let version = sessions[session]?.listVersions[key.to] else {
            return fail(
                key, session: session, query: nil, .unavailable, "the stream was closed meanwhile", now: now,
                into: &actions)
        }
        let stream = StreamKey(device: device, stream: key.stream)
        let messages = batch.map { $0.saying(from: user, to: key.to, on: stream) }
        replicate(
            messages, of: key, to: key.to, on: stream, floor: 0, listVersion: version, session: session, user: user,
            now: now, into: &actions)
    }
}
