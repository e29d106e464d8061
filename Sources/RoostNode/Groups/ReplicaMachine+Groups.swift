import OrderedCollections
import RoostConsensus
import RoostCore
import RoostMailbox
import RoostRing

/// The part of a replica in groups whose mailbox it holds.
extension ReplicaMachine {
    /// A group's list as it was accepted here last, on disk or not.
    func list(of group: Address) -> Group? { lists[group] }

    /// A group's order as it is on disk here.
    func order(of group: Address) -> GroupOrder? {
        registers[group.part(GroupOrder.part)].flatMap { GroupOrder(stored: $0.durable.value) }
    }

    /// Whether who sends a batch may, as far as is known here. A gateway that has read a newer list than this replica has is
    /// believed: what it read was decided. One that goes by an older list may not know who was put out since.
    func isIn(_ batch: ReplicaRequest.Replicate) -> Bool {
        guard let version = batch.listVersion else { return batch.recipient.kind != .group }
        guard let group = list(of: batch.recipient), group.version >= version else { return true }
        return group.contains(batch.sender)
    }

    /// Whether something of a group waits to be put in order, as far as is known here.
    func isRestless(_ group: Address) -> Bool {
        guard let list = list(of: group) else { return false }
        if list.version > list.settledVersion { return true }
        let waiting = entries[group]?.mailbox.streams.values.contains { stream in
            !stream.pending.isEmpty && list.contains(stream.sender)
        }
        if waiting == true { return true }
        return order(of: group).map { !$0.window.isEmpty } ?? false
    }

    /// A group's mailbox waits for one device: whoever puts it in order.
    mutating func takeGroup(_ key: Address, of slot: Slot, _ value: [UInt8]) {
        guard let group = Group(stored: value), let id = key.group else { return }
        lists[key] = group
        let index = enter(key, of: slot)
        entries.values[index].mailbox.setDevices([id], areFixed: true, freed: &freed)
        if group.version > group.settledVersion { stirred.append(key) }
    }

    /// Messages in the mailboxes of groups of people who are not in them, and that are not being put out.
    var strayMessages: Int {
        groups.reduce(0) { count, group in
            guard let list = list(of: group), let mailbox = entries[group]?.mailbox else { return count }
            let strays = mailbox.streams.values.filter { stream in
                !list.members.contains { $0.address == stream.sender }
            }
            return count + strays.reduce(0) { $0 + $1.pending.count }
        }
    }

    // MARK: What waits

    /// Tells what waits in a group's mailbox when all of it is on disk. From the answer on nothing is taken of those whom the list
    /// that the orderer goes by does not name: so it must be on this replica's disk first. A version would not tell, for two
    /// changes may have competed for it, and the one that lost may be here.
    mutating func collect(
        _ collect: ReplicaRequest.Collect, _ request: ReplicaRequest, from gateway: NodeID,
        into actions: inout [ShardAction]
    ) {
        guard let list = registers[collect.group]?.durable.value, SHA256.hash64(list) == collect.listHash else {
            return reply(.behind, token: collect.token, to: gateway, into: &actions)
        }
        guard hasUnlogged(collect.group) else { return tellWaiting(collect, to: gateway, into: &actions) }
        let append = newToken()
        appends[append] = .collect(collect, slot: request.slot, version: request.version, gateway: gateway)
        actions.append(.append([], isDurable: true, token: append))
    }

    private func hasUnlogged(_ group: Address) -> Bool {
        entries[group]?.mailbox.streams.values.contains { stream in
            stream.pending.contains { $0.location == nil }
        } ?? false
    }

    /// Streams with nothing left are told of where the orderer asks for them: in doubt whether something is finished it is enough that
    /// an owner knows. Of what a majority hold none is needed, for it would be known to one of them.
    func tellWaiting(_ collect: ReplicaRequest.Collect, to gateway: NodeID, into actions: inout [ShardAction]) {
        var told: [GatewayReply.Waiting] = []
        if let mailbox = entries[collect.group]?.mailbox, let id = collect.group.group {
            let asked = Set(collect.keys)
            for (key, stream) in mailbox.streams where !stream.pending.isEmpty || asked.contains(key) {
                told.append(
                    .init(
                        key: key, author: stream.sender, watermark: stream.watermark(of: id),
                        numbers: stream.pending.filter { $0.location != nil }.map(\.number)))
            }
        }
        told.sort { $0.key < $1.key }
        reply(.collected(told), token: collect.token, to: gateway, into: &actions)
    }

    // MARK: What is done with

    /// Messages of a group's mailbox are kept for everybody, or will never be for anybody. Logged whether it was known or not: the
    /// answer has to be true of the disk.
    mutating func finish(
        _ finish: ReplicaRequest.Finish, _ request: ReplicaRequest, from gateway: NodeID,
        into actions: inout [ShardAction]
    ) {
        guard let id = finish.group.group else { return }
        let index = enter(finish.group, of: request.slot)
        var records: [ReplicaRecord] = []
        for stream in finish.streams {
            _ = entries.values[index].mailbox.acknowledge(
                stream.key, from: stream.author, device: id, upTo: stream.upTo, freed: &freed)
            let known = entries.values[index].mailbox.streams[stream.key]?.watermark(of: id) ?? stream.upTo
            records.append(
                .watermark(
                    .init(user: finish.group, device: id, key: stream.key, sender: stream.author, upTo: known)))
        }
        let token = newToken()
        appends[token] = .finish(
            records, slot: request.slot, version: request.version, gateway: gateway, token: finish.token)
        actions.append(.append(records.map { $0.logRecord(slot: request.slot) }, isDurable: true, token: token))
    }
}
