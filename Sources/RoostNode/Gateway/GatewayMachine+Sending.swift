import OrderedCollections
import RoostCore
import RoostRing
import RoostSession

extension GatewayMachine {
    // MARK: Replicating

    mutating func replicate(
        _ key: OutboundKey, _ batch: [OutboundMessage], session: GatewayToken, user: Address, device: DeviceID,
        now: Instant, into actions: inout [ShardAction]
    ) {
        guard key.to.kind != .group else {
            return replicate(
                key, toGroup: batch, session: session, user: user, device: device, now: now, into: &actions)
        }
        if wantsCopies(key, session) {
            sessions[session]?.mailboxesLeft[key] = 2
            replicateCopy(key, batch, session: session, user: user, device: device, now: now, into: &actions)
        }
        replicate(
            batch, of: key, to: key.to, on: StreamKey(device: device, stream: key.stream), floor: 0, session: session,
            user: user, now: now, into: &actions)
    }

    /// Sends a batch of one of the session's streams to the owners of a mailbox.
    mutating func replicate(
        _ batch: [OutboundMessage], of key: OutboundKey, to recipient: Address, on streamKey: StreamKey,
        floor: StreamNumber, listVersion: UInt64? = nil, session: GatewayToken, user: Address,
        now: Instant, into actions: inout [ShardAction]
    ) {
        guard let ring else {
            return failed(key, session: session, now: now, "this node knows no ring", into: &actions)
        }
        let slot = ring.slot(of: recipient)
        let messages = batch.map { message in
            ReplicaRequest.Replicate.Entry(
                number: message.number, bodyHash: SHA256.hash64(message.body),
                sentAtMilliseconds: message.sentAtMilliseconds, isRetry: message.isRetry, body: message.body)
        }
        let token = newToken()
        let replicate = ReplicaRequest.Replicate(
            token: token, recipient: recipient, sender: user, key: streamKey, floor: floor, messages: messages,
            listVersion: listVersion)
        let request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: .replicate(replicate))
        let owners = ring.owners(of: slot)
        replications[token] = ReplicationOperation(
            session: session, key: key, request: request, owners: owners,
            askAgainAt: now + GatewayMachine.patience, deadline: now + GatewayMachine.operationDeadline)
        for owner in owners { actions.append(.send(owner, .request(request))) }
    }

    mutating func replicated(_ token: GatewayToken, by owner: NodeID, now: Instant, into actions: inout [ShardAction]) {
        guard let index = replications.index(forKey: token),
            let place = replications.values[index].owners.firstIndex(of: owner)
        else { return }
        replications.values[index].durable |= 1 << UInt8(place)
        guard replications.values[index].owners.isQuorum(replications.values[index].durable) else { return }
        let operation = replications.remove(at: index).value
        if let session = sessions.index(forKey: operation.session),
            let left = sessions.values[session].mailboxesLeft[operation.key]
        {
            sessions.values[session].mailboxesLeft[operation.key] = left > 1 ? left - 1 : nil
            guard left == 1 else { return }
        }
        step(operation.session, now: now, into: &actions) { machine, output in
            machine.batchSent(operation.key, into: &output)
        }
    }

    /// The batch under way of a stream is given up, wherever it was going.
    mutating func failed(
        _ key: OutboundKey, session: GatewayToken, _ code: ErrorCode = .unavailable, now: Instant, _ text: String,
        at number: StreamNumber? = nil, into actions: inout [ShardAction]
    ) {
        if sessions[session]?.mailboxesLeft.removeValue(forKey: key) != nil {
            for token in Array(replications.keys)
            where replications[token]?.session == session && replications[token]?.key == key {
                replications.removeValue(forKey: token)
            }
            for token in Array(questions.keys) where questions[token]?.session == session {
                if case .copyTop(key, _) = questions[token]?.purpose { questions.removeValue(forKey: token) }
            }
            sessions[session]?.copiedUpTo[key] = nil
        }
        step(session, now: now, into: &actions) { machine, output in
            machine.streamFailed(key, code, text, at: number, into: &output)
        }
    }

    mutating func refused(
        _ token: GatewayToken, by owner: NodeID, _ reason: GatewayReply.Refusal, at number: StreamNumber, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard let index = replications.index(forKey: token),
            let place = replications.values[index].owners.firstIndex(of: owner)
        else { return }
        guard reason != .blocked else { return checkBlock(token, now: now, into: &actions) }
        replications.values[index].refused |= 1 << UInt8(place)
        replications.values[index].refusal = replications.values[index].refusal ?? (reason, number)
        let operation = replications.values[index]
        // While enough of them may still keep it, wait for them.
        guard !operation.owners.canReachQuorum(without: operation.refused), let refusal = operation.refusal else {
            return
        }
        replications.remove(at: index)
        failed(
            operation.key, session: operation.session, refusal.reason.errorCode, now: now, refusal.reason.text,
            at: refusal.number, into: &actions)
    }

    // MARK: Asking

    mutating func ask(
        _ question: ReplicaRequest.Question, session: GatewayToken, purpose: QuestionOperation.Purpose, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard let ring else {
            failed(purpose, session: session, "this node knows no ring", now: now, into: &actions)
            return
        }
        let slot = ring.slot(of: question.mailbox)
        let request = ReplicaRequest(slot: slot, version: ring.version(of: slot), kind: .ask(question))
        let owners = ring.owners(of: slot)
        questions[question.token] = QuestionOperation(
            session: session, purpose: purpose, request: request, owners: owners,
            askAgainAt: now + GatewayMachine.patience, deadline: now + GatewayMachine.operationDeadline)
        for owner in owners { actions.append(.send(owner, .request(request))) }
    }

    mutating func answered(
        _ token: GatewayToken, by owner: NodeID, _ facts: GatewayReply.StreamFacts, now: Instant,
        into actions: inout [ShardAction]
    ) {
        guard let index = questions.index(forKey: token),
            let place = questions.values[index].owners.firstIndex(of: owner)
        else { return }
        questions.values[index].answered |= 1 << UInt8(place)
        questions.values[index].facts.merge(facts)
        let operation = questions.values[index]
        guard operation.owners.isQuorum(operation.answered) else { return }
        questions.remove(at: index)
        decided(operation, now: now, into: &actions)
    }

    private mutating func decided(_ operation: QuestionOperation, now: Instant, into actions: inout [ShardAction]) {
        let facts = operation.facts
        switch operation.purpose {
        case .open(let key):
            if !facts.exists { namedNobody(operation.session, now: now) }
            step(operation.session, now: now, into: &actions) { machine, output in
                if facts.exists {
                    machine.streamOpened(key, top: facts.top, into: &output)
                } else {
                    machine.streamFailed(key, .unknownUser, "no account named \(key.to)", into: &output)
                }
            }
        case .checkRead(let key, let upTo, let sender):
            step(operation.session, now: now, into: &actions) { machine, output in
                if upTo > 0, upTo <= facts.watermark {
                    output.append(.read(key, upTo: upTo, sender: sender))
                } else {
                    machine.readRefused(key, upTo: upTo, into: &output)
                }
            }
        case .copyTop(let key, let batch):
            guard let session = sessions[operation.session], let user = session.machine.user,
                session.mailboxesLeft[key] != nil
            else { return }
            sessions[operation.session]?.copiedUpTo[key] = facts.top
            replicateCopy(
                key, batch, session: operation.session, user: user, device: session.machine.device, now: now,
                into: &actions)
        case .queryHeld(let id, let key):
            guard let machine = sessions[operation.session]?.machine, let user = machine.user else { return }
            guard facts.exists else {
                namedNobody(operation.session, now: now)
                step(operation.session, now: now, into: &actions) { machine, output in
                    machine.queryFailed(id: id, key, .unknownUser, "no account named \(key.to)", into: &output)
                }
                return
            }
            let state = ServerFrame.StreamState(
                id: id, to: key.to, stream: key.stream, heldUpTo: facts.top, deliveredUpTo: facts.deliveredUpTo,
                readUpTo: 0)
            let question = ReplicaRequest.Question(
                token: newToken(), mailbox: user, key: StreamKey(device: machine.device, stream: key.stream),
                reader: key.to)
            ask(question, session: operation.session, purpose: .queryRead(state), now: now, into: &actions)
        case .queryRead(var state):
            let isShared = sessions[operation.session]?.sharesReads ?? false
            state.readUpTo = isShared ? facts.receipt.readUpTo : 0
            state.deliveredUpTo = max(state.deliveredUpTo, facts.receipt.deliveredUpTo)
            step(operation.session, now: now, into: &actions) { machine, output in
                machine.stateKnown(state, into: &output)
            }
        }
    }

    /// A question got no majority.
    mutating func failed(
        _ purpose: QuestionOperation.Purpose, session: GatewayToken, _ text: String, now: Instant,
        into actions: inout [ShardAction]
    ) {
        if case .copyTop(let key, _) = purpose {
            guard sessions[session]?.mailboxesLeft[key] != nil else { return }
            return failed(key, session: session, now: now, text, into: &actions)
        }
        step(session, now: now, into: &actions) { machine, output in
            switch purpose {
            case .copyTop:
                break
            case .open(let key):
                machine.streamFailed(key, .unavailable, text, into: &output)
            case .checkRead:
                // The receipt is lost as if the client had not sent it; it is a maximum and comes again with the next.
                break
            case .queryHeld(let id, let key):
                machine.queryFailed(id: id, key, .unavailable, text, into: &output)
            case .queryRead(let state):
                machine.queryFailed(
                    id: state.id, OutboundKey(to: state.to, stream: state.stream), .unavailable, text, into: &output)
            }
        }
    }
}

extension GatewayReply.Refusal {
    /// What the client is told.
    var errorCode: ErrorCode {
        switch self {
        case .reused: .sequenceReused
        case .mailboxFull: .mailboxFull
        case .diskFull: .diskFull
        case .overloaded: .overloaded
        case .unknownUser: .unknownUser
        case .blocked: .unavailable
        case .notAMember: .notAMember
        }
    }

    /// What the person is told.
    var text: String {
        switch self {
        case .reused: "another message had this number: begin a new stream"
        case .mailboxFull: "the recipient's queue is full"
        case .diskFull: "the owners' disks are full"
        case .overloaded: "the owners are too busy"
        case .unknownUser: "the account was deleted"
        case .blocked: "the owners are not of one mind"
        case .notAMember: "not a member of the group"
        }
    }
}
