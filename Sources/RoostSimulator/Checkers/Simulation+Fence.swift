import RoostConsensus
import RoostCore
import RoostNode
import RoostRing

/// I4: answers of one slot version are counted together, and a replica serves no other version than its own.
extension Simulation {
    /// A node sends something: requests are remembered, and answers are looked at.
    mutating func noteSent(_ message: PeerMessage, from index: Int, to peer: NodeID) {
        switch message {
        case .request(let request):
            if mutant != nil, case .pull(let token, _) = request.kind {
                record.pulls[token] = .init(slot: request.slot, version: request.version)
            }
            guard let token = request.countedToken else { return }
            if let known = record.requests[token], known.version != request.version, known.ballot == request.ballot {
                violate(
                    .fence,
                    "n\(index) asks under versions \(known.version) and \(request.version) as one operation: \(request.kind)"
                )
            }
            record.requests[token] = request
            if case .finish(let finish) = request.kind {
                for stream in finish.streams {
                    groupLoad.finished[stream.key] = max(groupLoad.finished[stream.key] ?? 0, stream.upTo)
                }
            }
        case .reply(let reply):
            checkSynced(reply, by: index)
        case .presence:
            if peer != nodes[index].id { record.presenceMessages += 1 }
        case .expand(let expansion):
            noteExpansion(expansion)
        case .subscribeAgain:
            break
        }
    }

    /// A replica has heard a request: one of another version must change nothing and get no answer that counts.
    mutating func checkFence(_ message: PeerMessage, on index: Int, _ actions: ArraySlice<ShardAction>) {
        guard case .request(let request) = message, request.countedToken != nil else { return }
        let version = nodes[index].table?.version(of: request.slot)
        guard version != request.version else { return }
        for action in actions {
            switch action {
            case .append:
                return violate(
                    .fence,
                    "n\(index), at version \(version ?? 0) of slot \(request.slot), logs for a request of \(request.version)"
                )
            case .send(_, .reply(let reply)):
                if case .stale = reply.kind { continue }
                return violate(
                    .fence,
                    "n\(index), at version \(version ?? 0) of slot \(request.slot), serves a request of \(request.version)"
                )
            case .send, .frame, .close, .read, .freed, .cleaned, .merged, .restored, .lost, .registerAnswer,
                .mailboxAnswer:
                continue
            }
        }
    }
}

extension ReplicaRequest {
    /// The ballot of a register's round: each round is counted by itself.
    fileprivate var ballot: Ballot? {
        switch kind {
        case .prepareRegister(_, _, let ballot), .acceptRegister(_, _, let ballot, _): ballot
        case .replicate, .ask, .askUnread, .askReaders, .fetch, .readRegister, .subscribe, .unsubscribe, .forget,
            .acknowledge, .receipt, .receiptsKnown, .pull, .compare, .confirm, .collect, .finish, .vouch,
            .erase:
            nil
        }
    }

    /// The gateway's token of a request whose answers are counted towards a majority.
    var countedToken: GatewayToken? {
        switch kind {
        case .replicate(let batch): batch.token
        case .ask(let question): question.token
        case .askUnread(let token, _), .askReaders(let token, _): token
        case .fetch(let fetch): fetch.token
        case .readRegister(let token, _), .prepareRegister(let token, _, _), .acceptRegister(let token, _, _, _): token
        case .collect(let collect): collect.token
        case .finish(let finish): finish.token
        case .vouch(let vouch): vouch.token
        case .erase(let erase): erase.token
        case .subscribe, .unsubscribe, .forget, .acknowledge, .receipt, .receiptsKnown, .pull, .compare, .confirm: nil
        }
    }
}
