import OrderedCollections
import RoostConsensus
import RoostCore
import RoostRing
import RoostSession

extension GatewayMachine {
    typealias ProposerAction = RegisterProposer<StoredChange>.Action

    /// The shell asks for something; answered by `registerAnswer` with its token.
    mutating func request(
        _ request: RegisterRequest, token: UInt64, now: Instant, into actions: inout [ShardAction]
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
        read(Address(token.user), for: .session(session, token), now: now, into: &actions)
    }

    mutating func read(
        _ key: Address, for asker: RegisterOperations.Asker, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let ring else { return answer(asker, .unavailable, now: now, into: &actions) }
        let token = newToken()
        let reader = RegisterReader(quorum: quorum(of: key, in: ring))
        registers.reads[token] = RegisterOperations.Read(
            key: key, asker: asker, reader: reader, patience: now + GatewayMachine.patience,
            deadline: now + GatewayMachine.operationDeadline)
        sendToOwners(of: key, .readRegister(token: token, key: key), into: &actions)
    }

    private func quorum(of key: Address, in ring: RingTable) -> Quorum {
        let owners = ring.owners(of: ring.slot(of: key))
        return Quorum(current: owners.current, next: owners.next)
    }

    /// Slots have changed hands: reads and rounds on them begin again with those who have to agree now.
    mutating func restartRegisters(
        where hasChanged: (Slot) -> Bool, _ ring: RingTable, now: Instant, into actions: inout [ShardAction]
    ) {
        for token in Array(registers.reads.keys) {
            guard let read = registers.reads[token], hasChanged(ring.slot(of: read.key)) else { continue }
            registers.reads.removeValue(forKey: token)
            self.read(read.key, for: read.asker, now: now, into: &actions)
        }
        for token in Array(registers.rounds.keys) {
            guard let round = registers.rounds[token] else { continue }
            guard hasChanged(ring.slot(of: round.key)) else { continue }
            let quorum = quorum(of: round.key, in: ring)
            roundAnswered(token, now: now, into: &actions) { proposer, output in
                proposer.quorumChanged(to: quorum, now: now, into: &output)
            }
        }
    }

    mutating func registerRead(
        _ token: GatewayToken, by owner: NodeID, promised: Ballot, accepted: Ballot, value: [UInt8], now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard
            let outcome = registers.reads[token]?.reader.answered(
                by: owner, promised: promised, accepted: accepted, value: value),
            let read = registers.reads.removeValue(forKey: token)
        else { return }
        switch outcome {
        case .value(let value):
            answer(read.asker, .value(value), now: now, into: &actions)
        case .needsRound:
            propose(.keep, key: read.key, for: read.asker, now: now, into: &actions)
        }
    }

    mutating func propose(
        _ change: StoredChange, key: Address, for asker: RegisterOperations.Asker, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard let ring else { return answer(asker, .unavailable, now: now, into: &actions) }
        let token = newToken()
        var output: [ProposerAction] = []
        let proposer = RegisterProposer(
            change: change, quorum: quorum(of: key, in: ring), now: now,
            deadline: now + GatewayMachine.registerDeadline, random: SeededRandom(seed: registers.random.next()),
            into: &output)
        registers.rounds[token] = RegisterOperations.Round(key: key, asker: asker, proposer: proposer)
        carryOut(output, token: token, key: key, now: now, into: &actions)
    }

    /// An acceptor answered a round.
    mutating func roundAnswered(
        _ token: GatewayToken, now: Instant, into actions: inout [ShardAction],
        _ event: (inout RegisterProposer<StoredChange>, inout [ProposerAction]) -> Void
    ) {
        guard let index = registers.rounds.index(forKey: token) else { return }
        var output: [ProposerAction] = []
        event(&registers.rounds.values[index].proposer, &output)
        carryOut(output, token: token, key: registers.rounds.values[index].key, now: now, into: &actions)
    }

    private mutating func carryOut(
        _ output: [ProposerAction], token: GatewayToken, key: Address, now: Instant, into actions: inout [ShardAction]
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
                guard let round = registers.rounds.removeValue(forKey: token) else { continue }
                answer(round.asker, GatewayMachine.answer(of: outcome), now: now, into: &actions)
            }
        }
    }

    mutating func tickRegisters(now: Instant, into actions: inout [ShardAction]) {
        for token in Array(registers.reads.keys) {
            guard let read = registers.reads[token], now >= read.patience else { continue }
            if read.reader.gaveUpWaiting() == .needsRound {
                registers.reads.removeValue(forKey: token)
                propose(.keep, key: read.key, for: read.asker, now: now, into: &actions)
            } else if now >= read.deadline {
                registers.reads.removeValue(forKey: token)
                answer(read.asker, .unavailable, now: now, into: &actions)
            } else {
                sendToOwners(of: read.key, .readRegister(token: token, key: read.key), into: &actions)
            }
        }
        for token in Array(registers.rounds.keys) {
            roundAnswered(token, now: now, into: &actions) { proposer, output in
                proposer.timerFired(now: now, into: &output)
            }
        }
    }

    private mutating func answer(
        _ asker: RegisterOperations.Asker, _ answer: RegisterAnswer, now: Instant, into actions: inout [ShardAction]
    ) {
        switch asker {
        case .request(let token):
            actions.append(.registerAnswer(token: token, answer))
        case .session(let session, let token):
            authenticated(session, token, answer, now: now, into: &actions)
        case .settings(let session):
            settingsRead(session, answer, now: now, into: &actions)
        case .block(let token):
            blockKnown(token, answer, now: now, into: &actions)
        case .orderer(let group, let pass):
            registers.ordererAnswers.append((group, pass, answer))
        case .settling(let user):
            registers.decidedAccounts.append(user)
        case .sender(let session, let key, let query):
            listRead(answer, for: key, session: session, query: query, now: now, into: &actions)
        }
    }

    private mutating func authenticated(
        _ session: GatewayToken, _ token: AccessToken, _ answer: RegisterAnswer, now: Instant,
        into actions: inout [ShardAction]
    ) {
        var account: Account?
        if case .value(let value) = answer { account = GatewayMachine.account(in: value) }
        sessions[session]?.sharesReads = account?.profile.privacy.readReceipts ?? true
        sessions[session]?.hasOtherDevices = account?.devices.count ?? 0 > 1
        step(session, now: now, into: &actions) { machine, output in
            switch answer {
            case .value where account?.allows(token) == true:
                machine.authenticated(
                    user: Address(token.user), device: token.device, ownDevices: account?.devices.map(\.id) ?? [],
                    into: &output)
            case .value(let value) where GatewayMachine.isDisabled(value, token):
                machine.refused(
                    .accountDisabled, .init(.accountDisabled, GatewayMachine.disabledText), into: &output)
            case .value, .refused:
                machine.refused(
                    .unauthenticated, .init(.unauthenticated, "the token is not valid, or no longer"), into: &output)
            case .unavailable, .outcomeUnknown:
                machine.refused(
                    .unavailable, .init(.unavailable, "the owners of the account cannot be reached from here"),
                    into: &output)
            }
        }
    }

    static let disabledText = "the account is disabled: ask whoever runs this service"

    /// Said only to who has a device's token: others need not know.
    private static func isDisabled(_ value: [UInt8], _ token: AccessToken) -> Bool {
        guard let account = account(in: value) else { return false }
        return account.state == .disabled && account.isToken(token)
    }

    static func account(in value: [UInt8]) -> Account? {
        guard !value.isEmpty else { return nil }
        do throws(ByteReaderError) {
            return try Account(decoding: value)
        } catch {
            return nil
        }
    }

    private static func answer(of outcome: RegisterProposer<StoredChange>.Outcome) -> RegisterAnswer {
        switch outcome {
        case .decided(let value): .value(value)
        case .refused(let reason, _): .refused(reason: reason)
        case .unavailable: .unavailable
        case .outcomeUnknown: .outcomeUnknown
        }
    }
}
