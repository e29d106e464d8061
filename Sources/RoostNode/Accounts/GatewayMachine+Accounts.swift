import OrderedCollections
import RoostConsensus
import RoostCore
import RoostRing
import RoostSession

extension GatewayMachine {
    typealias ProposerAction = RegisterProposer<AccountChange>.Action

    /// The HTTP resources ask for something; answered by `accountAnswer` with their token.
    mutating func request(
        _ request: AccountRequest, token: UInt64, now: Instant, into actions: inout [ShardAction]
    ) {
        switch request {
        case .read(let name):
            read(name, for: .request(token), now: now, into: &actions)
        case .change(let name, let change):
            propose(change, key: name, for: .request(token), now: now, into: &actions)
        }
    }

    mutating func authenticate(
        _ session: GatewayToken, token text: String, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let token = AccessToken(text) else {
            step(session, now: now, into: &actions) { machine, output in
                machine.refused(.unauthenticated, .init(.unauthenticated, "not a token of this service"), into: &output)
            }
            return
        }
        read(token.user, for: .session(session, token), now: now, into: &actions)
    }

    private mutating func read(
        _ key: UserName, for asker: AccountOperations.Asker, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let ring else { return answer(asker, .unavailable, now: now, into: &actions) }
        let token = newToken()
        let reader = RegisterReader(quorum: quorum(of: key, in: ring))
        accounts.reads[token] = AccountOperations.Read(
            key: key, asker: asker, reader: reader, patience: now + GatewayMachine.patience,
            deadline: now + GatewayMachine.operationDeadline)
        sendToOwners(of: key, .readRegister(token: token, key: key), into: &actions)
    }

    private func quorum(of key: UserName, in ring: RingTable) -> Quorum {
        let owners = ring.owners(of: ring.slot(of: key))
        return Quorum(current: owners.current, next: owners.next)
    }

    /// Slots have changed hands: reads and rounds on them begin again with those who have to agree now.
    mutating func restartAccounts(
        where hasChanged: (Slot) -> Bool, _ ring: RingTable, now: Instant, into actions: inout [ShardAction]
    ) {
        for token in Array(accounts.reads.keys) {
            guard let read = accounts.reads[token], hasChanged(ring.slot(of: read.key)) else { continue }
            accounts.reads.removeValue(forKey: token)
            self.read(read.key, for: read.asker, now: now, into: &actions)
        }
        for token in Array(accounts.rounds.keys) {
            guard let round = accounts.rounds[token] else { continue }
            guard hasChanged(ring.slot(of: round.key)) else { continue }
            let quorum = quorum(of: round.key, in: ring)
            roundAnswered(token, now: now, into: &actions) { proposer, output in
                proposer.quorumChanged(to: quorum, now: now, into: &output)
            }
        }
    }

    mutating func registerRead(
        _ token: GatewayToken, by owner: NodeID, accepted: Ballot, value: [UInt8], now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard let outcome = accounts.reads[token]?.reader.answered(by: owner, accepted: accepted, value: value),
            let read = accounts.reads.removeValue(forKey: token)
        else { return }
        switch outcome {
        case .value(let value):
            answer(read.asker, GatewayMachine.answer(of: value), now: now, into: &actions)
        case .needsRound:
            propose(.keep, key: read.key, for: read.asker, now: now, into: &actions)
        }
    }

    private mutating func propose(
        _ change: AccountChange, key: UserName, for asker: AccountOperations.Asker, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard let ring else { return answer(asker, .unavailable, now: now, into: &actions) }
        let token = newToken()
        var output: [ProposerAction] = []
        let proposer = RegisterProposer(
            change: change, quorum: quorum(of: key, in: ring), now: now,
            deadline: now + GatewayMachine.accountDeadline, random: SeededRandom(seed: accounts.random.next()),
            into: &output)
        accounts.rounds[token] = AccountOperations.Round(key: key, asker: asker, proposer: proposer)
        carryOut(output, token: token, key: key, now: now, into: &actions)
    }

    /// An acceptor answered a round.
    mutating func roundAnswered(
        _ token: GatewayToken, now: Instant, into actions: inout [ShardAction],
        _ event: (inout RegisterProposer<AccountChange>, inout [ProposerAction]) -> Void
    ) {
        guard let index = accounts.rounds.index(forKey: token) else { return }
        var output: [ProposerAction] = []
        event(&accounts.rounds.values[index].proposer, &output)
        carryOut(output, token: token, key: accounts.rounds.values[index].key, now: now, into: &actions)
    }

    private mutating func carryOut(
        _ output: [ProposerAction], token: GatewayToken, key: UserName, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let ring else { return }
        let slot = ring.slot(of: key)
        let version = ring.version(of: slot)
        for action in output {
            switch action {
            case .prepare(let node, let ballot):
                let kind = ReplicaRequest.Kind.prepareRegister(token: token, key: key, ballot: ballot)
                actions.append(.send(node, .request(.init(slot: slot, version: version, kind: kind))))
            case .accept(let node, let ballot, let value):
                let kind = ReplicaRequest.Kind.acceptRegister(token: token, key: key, ballot: ballot, value: value)
                actions.append(.send(node, .request(.init(slot: slot, version: version, kind: kind))))
            case .finished(let outcome):
                guard let round = accounts.rounds.removeValue(forKey: token) else { continue }
                answer(round.asker, GatewayMachine.answer(of: outcome), now: now, into: &actions)
            }
        }
    }

    mutating func tickAccounts(now: Instant, into actions: inout [ShardAction]) {
        for token in Array(accounts.reads.keys) {
            guard let read = accounts.reads[token], now >= read.patience else { continue }
            if read.reader.gaveUpWaiting() == .needsRound {
                accounts.reads.removeValue(forKey: token)
                propose(.keep, key: read.key, for: read.asker, now: now, into: &actions)
            } else if now >= read.deadline {
                accounts.reads.removeValue(forKey: token)
                answer(read.asker, .unavailable, now: now, into: &actions)
            } else {
                sendToOwners(of: read.key, .readRegister(token: token, key: read.key), into: &actions)
            }
        }
        for token in Array(accounts.rounds.keys) {
            roundAnswered(token, now: now, into: &actions) { proposer, output in
                proposer.timerFired(now: now, into: &output)
            }
        }
    }

    private mutating func answer(
        _ asker: AccountOperations.Asker, _ answer: AccountAnswer, now: Instant, into actions: inout [ShardAction]
    ) {
        switch asker {
        case .request(let token):
            actions.append(.accountAnswer(token: token, answer))
        case .session(let session, let token):
            authenticated(session, token, answer, now: now, into: &actions)
        }
    }

    private mutating func authenticated(
        _ session: GatewayToken, _ token: AccessToken, _ answer: AccountAnswer, now: Instant,
        into actions: inout [ShardAction]
    ) {
        step(session, now: now, into: &actions) { machine, output in
            switch answer {
            case .account(let account?) where account.allows(token):
                machine.authenticated(user: token.user, device: token.device, into: &output)
            case .account, .refused:
                machine.refused(
                    .unauthenticated, .init(.unauthenticated, "the token is not valid, or no longer"), into: &output)
            case .unavailable, .outcomeUnknown:
                machine.refused(
                    .unavailable, .init(.unavailable, "the owners of the account cannot be reached from here"),
                    into: &output)
            }
        }
    }

    private static func answer(of value: [UInt8]) -> AccountAnswer {
        guard !value.isEmpty else { return .account(nil) }
        do throws(ByteReaderError) {
            return .account(try Account(decoding: value))
        } catch {
            return .refused(.unreadable)
        }
    }

    private static func answer(of outcome: RegisterProposer<AccountChange>.Outcome) -> AccountAnswer {
        switch outcome {
        case .decided(let value): answer(of: value)
        case .refused(let reason, _): .refused(AccountChange.Refusal(rawValue: reason) ?? .unreadable)
        case .unavailable: .unavailable
        case .outcomeUnknown: .outcomeUnknown
        }
    }
}
