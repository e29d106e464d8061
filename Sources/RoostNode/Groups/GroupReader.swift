import RoostCore
import RoostMailbox

/// How far a member has got with the messages of a group, as an owner of the group knows.
public struct GroupReader: Equatable, Sendable {
    /// Who.
    public let user: Address
    /// The membership: the number of the stream on which the group's messages come to the member.
    public let since: UInt64
    /// How far, in the group's numbers; what devices know of it is left out.
    public var progress: ReceiptProgress

    /// Makes an entry.
    public init(user: Address, since: UInt64, progress: ReceiptProgress) {
        self.user = user
        self.since = since
        self.progress = progress
    }
}

extension ReplicaMachine {
    /// How far the members of a group are, as the list and their receipts are known here. Whoever came later has missed nothing of what
    /// was before.
    func progress(ofMembersOf group: Address) -> GroupProgress {
        let known = entries[group]?.mailbox.receipts.entries ?? [:]
        var delivered: [StreamNumber] = []
        var read: [StreamNumber] = []
        for member in list(of: group)?.presentMembers ?? [] where member.firstNumber > 0 {
            let key = ReceiptTable.Key(stream: .ofGroup(group, since: member.since), reader: member.address)
            let progress = known[key]?.progress
            delivered.append(max(progress?.deliveredUpTo ?? 0, member.firstNumber - 1))
            read.append(max(progress?.readUpTo ?? 0, member.firstNumber - 1))
        }
        return GroupProgress(delivered: delivered, read: read)
    }

    /// Tells how far each member of a group is, as the list is known here.
    func tellReaders(of group: Address, token: GatewayToken, to gateway: NodeID, into actions: inout [ShardAction]) {
        let known = entries[group]?.mailbox.receipts.entries ?? [:]
        let members = list(of: group)?.presentMembers ?? []
        let readers = members.compactMap { member in
            known[.init(stream: .ofGroup(group, since: member.since), reader: member.address)].map { entry in
                GroupReader(
                    user: member.address, since: member.since, progress: entry.progress.known(toNoneBut: []))
            }
        }
        reply(.readers(readers), token: token, to: gateway, into: &actions)
    }
}
