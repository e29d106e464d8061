import OrderedCollections
import RoostCore
import RoostMailbox

/// Conversations that are erased: what waits in a mailbox for its user, what is known of readers of the user's own messages, and the
/// copies of those. What is left is a mark for each stream that says how far, so that a late copy brings nothing back.
extension ReplicaMachine {
    /// Erases one side of a conversation as far as asked, and says how far the other side's streams have come. Logged whether it was
    /// erased before or not: the answer has to be true of the disk.
    mutating func erase(
        _ erase: ReplicaRequest.Erase, _ request: ReplicaRequest, from gateway: NodeID,
        into actions: inout [ShardAction]
    ) {
        guard let index = entries.index(forKey: erase.user), !entries.values[index].isDeleted else {
            return reply(.erased([]), token: erase.token, to: gateway, into: &actions)
        }
        let streams = entries.values[index].mailbox.streams
        let sent = streams.keys.filter { !$0.isCopy && streams[$0]?.sender == erase.other }.sorted()
        var places: [StreamPlace] = []
        for key in sent.prefix(Limits.erasedStreamsMax) {
            guard let top = streams[key]?.top, top > 0 else { continue }
            places.append(StreamPlace(key: key, upTo: top))
        }
        var records: [ReplicaRecord] = []
        // Also of a stream of which this owner has not heard: what others hold of it may reach it yet.
        for place in erase.inbound.prefix(Limits.erasedStreamsMax)
        where !place.key.isCopy && streams[place.key].map({ $0.sender == erase.other }) ?? true {
            records.append(pass(over: place.key, from: erase.other, upTo: place.upTo, at: index))
        }
        for place in erase.own.prefix(Limits.erasedStreamsMax) {
            let receipt = ReplicaRequest.Receipt(
                user: erase.user, key: place.key, reader: erase.other, ReceiptProgress(erasedUpTo: place.upTo))
            _ = merge(receipt, of: request.slot, into: &actions)
            if let latest = logged(receipt) { records.append(.receipt(latest)) }
            let copy = StreamKey.copy(of: place.key.device, to: erase.other, stream: place.key.stream)
            records.append(pass(over: copy, from: erase.user, upTo: place.upTo, at: index))
        }
        let token = newToken()
        appends[token] = .erased(
            records, places, slot: request.slot, version: request.version, gateway: gateway, token: erase.token)
        actions.append(.append(records.map { $0.logRecord(slot: request.slot) }, isDurable: true, token: token))
    }

    /// Nothing of a stream up to here is for its reader any more.
    private mutating func pass(
        over key: StreamKey, from sender: Address, upTo: StreamNumber, at index: Int
    ) -> ReplicaRecord {
        _ = entries.values[index].mailbox.acknowledge(
            key, from: sender, device: InboundStream.nobody, upTo: upTo, freed: &freed)
        let passed = entries.values[index].mailbox.streams[key]?.skippedUpTo ?? upTo
        return .watermark(
            .init(
                user: entries.keys[index], device: InboundStream.nobody, key: key, sender: sender, upTo: passed))
    }
}
