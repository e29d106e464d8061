import RoostConsensus
import RoostCore
import RoostMailbox
import RoostRing
import RoostSession

/// What readers have stored and seen, on its way to who sent it; and what this node's clients are told of their own readers.
extension GatewayMachine {
    // MARK: Saying

    /// A person has seen a stream up to here. Who does not let others know has only stored it, as far as they learn.
    mutating func saw(
        _ key: StreamKey, upTo: StreamNumber, sender: Address, session: GatewayToken, user: Address,
        into actions: inout [ShardAction]
    ) {
        // What one's own other device has sent has no reader.
        guard !key.isCopy else { return }
        let seen = ReplicaRequest.Kind.acknowledge(
            .init(user: user, device: InboundStream.person, key: key, sender: sender, upTo: upTo))
        said.note(.init(mailbox: user, key: key, reader: nil), seen)
        sendToOwners(of: user, seen, into: &actions)
        let isShared = sessions.index(forKey: session).map { sessions.values[$0].sharesReads } ?? false
        tellSender(
            sender, key: key, reader: user, deliveredUpTo: upTo, readUpTo: isShared ? upTo : 0, into: &actions)
    }

    mutating func tellSender(
        _ sender: Address, key: StreamKey, reader: Address, deliveredUpTo: StreamNumber, readUpTo: StreamNumber,
        into actions: inout [ShardAction]
    ) {
        let progress = ReceiptProgress(
            deliveredUpTo: deliveredUpTo, readUpTo: readUpTo, deliveredAtMilliseconds: wallMilliseconds,
            readAtMilliseconds: readUpTo > 0 ? wallMilliseconds : 0)
        say(progress, of: key, to: sender, reader: reader, into: &actions)
    }

    private mutating func say(
        _ progress: ReceiptProgress, of key: StreamKey, to sender: Address, reader: Address,
        into actions: inout [ShardAction]
    ) {
        var progress = progress
        let receipt = ReplicaRequest.Receipt(user: sender, key: key, reader: reader, progress)
        sendToOwners(of: sender, .receipt(receipt, token: said.token), into: &actions)
        let name = SaidReceipts.Name(mailbox: sender, key: key, reader: reader)
        if case .receipt(let last, _) = said.last(name) { _ = progress.merge(last.progress) }
        said.note(
            name, .receipt(.init(user: sender, key: key, reader: reader, progress), token: said.token))
    }

    /// Messages have ended before any device had stored them: their sender's owners are told.
    mutating func tellEnded(_ ended: ReplicaMachine.Ended, into actions: inout [ShardAction]) {
        say(
            ReceiptProgress(expired: ended.numbers), of: ended.key, to: ended.sender, reader: ended.user, into: &actions
        )
    }

    // MARK: Saying again

    /// An owner is in reach again: what was said meanwhile is lost.
    mutating func sayReceiptsAgain(to owner: NodeID, into actions: inout [ShardAction]) {
        guard let ring else { return }
        for (mailbox, kind) in said.all(where: { ring.owners(of: ring.slot(of: $0)).contains(owner) }) {
            let slot = ring.slot(of: mailbox)
            actions.append(
                .send(owner, .request(ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: kind))))
        }
    }

    /// Slots have another version: what was said under the one before may have been dropped.
    mutating func sayReceiptsAgain(where hasChanged: (Slot) -> Bool, into actions: inout [ShardAction]) {
        guard let ring else { return }
        for (mailbox, kind) in said.all(where: { hasChanged(ring.slot(of: $0)) }) {
            sendToOwners(of: mailbox, kind, into: &actions)
        }
    }

    /// An owner went by another version of a slot and took nothing. It is told again a moment later.
    mutating func receiptRefused(_ token: GatewayToken, by owner: NodeID) {
        if token == said.token { said.refusers.insert(owner) }
    }

    /// Says again what was refused, and forgets what all owners must have.
    mutating func tickReceipts(now: Instant, into actions: inout [ShardAction]) {
        guard let ring else { return }
        let refusers = said.refusers.sorted()
        said.refusers = []
        for owner in refusers { sayReceiptsAgain(to: owner, into: &actions) }
        said.tick(now: now) { mailbox in
            ring.owners(of: ring.slot(of: mailbox)).contains { unreachable.contains($0) }
        }
    }

    // MARK: Telling

    /// Somebody has got on with a stream of the session's user.
    mutating func receiptCame(
        _ token: GatewayToken, slot: Slot, _ receipt: StreamReceipt, by owner: NodeID, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard isKnown(token, slot: slot, owner: owner, into: &actions) else { return }
        var receipt = receipt
        // Who lets nobody know is not told either.
        if let index = sessions.index(forKey: token), !sessions.values[index].sharesReads { receipt.readUpTo = 0 }
        step(token, now: now, into: &actions) { machine, output in machine.receipt(receipt, into: &output) }
    }

    // MARK: Whether reads are shared

    /// An owner has another word on the account than the session. It may be of a change that does not come to pass, so the
    /// account is read.
    mutating func settingsChanged(
        _ session: GatewayToken, sharesReads: Bool, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let index = sessions.index(forKey: session), let user = sessions.values[index].machine.user,
            sessions.values[index].sharesReads != sharesReads, !sessions.values[index].isReadingSettings
        else { return }
        sessions.values[index].isReadingSettings = true
        read(user, for: .settings(session), now: now, into: &actions)
    }

    mutating func settingsRead(
        _ session: GatewayToken, _ answer: RegisterAnswer, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let index = sessions.index(forKey: session) else { return }
        sessions.values[index].isReadingSettings = false
        guard case .value(let value) = answer, let account = GatewayMachine.account(in: value) else { return }
        sessions.values[index].sharesReads = account.profile.privacy.readReceipts
    }
}
