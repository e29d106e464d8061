import OrderedCollections
import RoostConsensus
import RoostCore
import RoostMailbox

/// What all devices of an account have stored is dropped when a majority of the owners goes by the same account as this replica: a
/// list of devices that is decided is at a majority, so one of them would know of a device that this one has not heard of.
extension ReplicaMachine {
    /// Notes a user with something to ask about.
    mutating func noteSettled(at index: Int) {
        guard entries.values[index].mailbox.isSettling, !entries.values[index].isSettling else { return }
        entries.values[index].isSettling = true
        settling[entries.values[index].slot, default: []].append(entries.keys[index])
    }

    /// Under which ballot the account is here on disk, if nothing else about it is on its way and nothing higher is promised: then
    /// the replica stands for it as one that has accepted it.
    func firmBallot(of user: Address) -> Ballot? {
        guard let register = registers[user], register.durable.accepted != .zero,
            register.state.promised == register.durable.promised, register.state.accepted == register.durable.accepted,
            register.durable.promised <= register.durable.accepted
        else { return nil }
        return register.durable.accepted
    }

    /// Takes out some users of a slot with something to ask about: those whose account is firm here, as the others are asked about it,
    /// and those for whom it is not.
    mutating func takeSettled(
        of slot: Slot, atMost count: Int, where isWanted: (Address) -> Bool
    ) -> (accounts: [ReplicaRequest.Vouch.Account], unsure: [Address]) {
        guard let users = settling.removeValue(forKey: slot) else { return ([], []) }
        var accounts: [ReplicaRequest.Vouch.Account] = []
        var unsure: [Address] = []
        var left: [Address] = []
        for user in users {
            guard let index = entries.index(forKey: user) else { continue }
            guard accounts.count < count, isWanted(user) else {
                left.append(user)
                continue
            }
            guard let ballot = firmBallot(of: user) else {
                left.append(user)
                unsure.append(user)
                continue
            }
            entries.values[index].isSettling = false
            entries.values[index].mailbox.ask()
            accounts.append(.init(user: user, ballot: ballot))
        }
        if !left.isEmpty { settling[slot] = left }
        return (accounts, unsure)
    }

    /// The others go by the same account: what was settled when they were asked goes, if that is still the account here.
    mutating func confirmed(_ account: ReplicaRequest.Vouch.Account, into actions: inout [ShardAction]) {
        guard let index = entries.index(forKey: account.user) else { return }
        guard firmBallot(of: account.user) == account.ballot else { return notConfirmed(account.user) }
        let floors = entries.values[index].mailbox.confirmed(freed: &freed)
        logFloors(floors, of: account.user, slot: entries.values[index].slot, into: &actions)
        noteSettled(at: index)
        flushFreed(into: &actions)
    }

    /// Others go by another account, or have not answered: they are asked again.
    mutating func notConfirmed(_ user: Address) {
        guard let index = entries.index(forKey: user) else { return }
        entries.values[index].mailbox.askAgain()
        noteSettled(at: index)
    }

    /// Tells which accounts are others here than they are asked about, and what they are if that is later.
    func vouch(_ vouch: ReplicaRequest.Vouch, for owner: NodeID, into actions: inout [ShardAction]) {
        var doubts: [GatewayReply.Doubt] = []
        var bytes = 0
        for account in vouch.accounts where firmBallot(of: account.user) != account.ballot {
            let known = registers[account.user]?.durable
            let newer = known.flatMap { $0.accepted > account.ballot && bytes < CopyPage.bytesMax ? $0 : nil }
            bytes += newer?.value.count ?? 0
            doubts.append(.init(user: account.user, newer: newer))
        }
        reply(.vouched(doubts), token: vouch.token, to: owner, into: &actions)
    }
}
