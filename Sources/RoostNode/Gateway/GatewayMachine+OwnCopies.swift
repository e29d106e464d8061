import OrderedCollections
import RoostCore
import RoostRing
import RoostSession

/// What a device sends reaches its user's other devices too: each batch goes to the user's own mailbox as well, on a stream of
/// its own (``StreamKey/copy(of:to:stream:)``) under the same numbers, and is `sent` when both mailboxes have it.
///
/// The copy begins with the first batch after another device has joined the account, so its stream may begin in the middle:
/// the batch says which numbers never were for it. To know that, the owners are asked once a session how far the copy is.
extension GatewayMachine {
    /// Whether what a session sends is to be copied, and goes to somebody else.
    func wantsCopies(_ key: OutboundKey, _ session: GatewayToken) -> Bool {
        // Fields one by one: a copy of the session would retain all that it holds, for every batch.
        guard let index = sessions.index(forKey: session) else { return false }
        return sessions.values[index].hasOtherDevices && key.to != sessions.values[index].machine.user
    }

    /// Sends a batch to the user's own mailbox, once it is known how far the copy of its stream is.
    mutating func replicateCopy(
        _ key: OutboundKey, _ batch: [OutboundMessage], session: GatewayToken, user: Address, device: DeviceID,
        now: Instant, into actions: inout [ShardAction]
    ) {
        guard let first = batch.first, let last = batch.last else { return }
        let copyKey = StreamKey.copy(of: device, to: key.to, stream: key.stream)
        guard let copied = sessions[session]?.copiedUpTo[key] else {
            let question = ReplicaRequest.Question(token: newToken(), mailbox: user, key: copyKey)
            return ask(question, session: session, purpose: .copyTop(key, batch), now: now, into: &actions)
        }
        if sessions[session]?.copiedUpTo.count ?? 0 > Limits.openStreamsMax { sessions[session]?.copiedUpTo = [:] }
        sessions[session]?.copiedUpTo[key] = max(copied, last.number)
        let streamKey = StreamKey(device: device, stream: key.stream)
        let messages = batch.map { $0.saying(from: user, to: key.to, on: streamKey) }
        replicate(
            messages, of: key, to: user, on: copyKey, floor: copied + 1 < first.number ? first.number - 1 : 0,
            session: session, user: user, now: now, into: &actions)
    }

    /// The account of some sessions' user has changed. An owner may tell of a change that does not come to pass: one that adds a
    /// device then only means copies for nobody, and one that removes the last other device is not believed before the session's
    /// next connection.
    mutating func devicesChanged(_ session: GatewayToken, count: Int) {
        if count > 1 { sessions[session]?.hasOtherDevices = true }
    }
}

extension OutboundMessage {
    /// The same with the word in its header who sent it to whom: for one that reaches its readers on another stream than its
    /// author's.
    func saying(from author: Address, to recipient: Address, on key: StreamKey) -> OutboundMessage {
        var (header, body) = MessageContent(bytes: self.body).parts
        header.origin = MessageOrigin(author: author, to: recipient, key: key, number: number)
        return OutboundMessage(
            number: number, body: MessageContent(header, body: body).bytes, isRetry: isRetry,
            sentAtMilliseconds: sentAtMilliseconds)
    }
}
