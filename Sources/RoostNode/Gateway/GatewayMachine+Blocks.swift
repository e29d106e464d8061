import OrderedCollections
import RoostCore
import RoostRing

/// What becomes of a batch to somebody who has blocked its sender: the sender is told what it would be told otherwise, and
/// nothing arrives.
extension GatewayMachine {
    /// An owner says that the sender is blocked. Looks at what is decided, for an owner may be behind.
    mutating func checkBlock(_ token: GatewayToken, now: Instant, into actions: inout [ShardAction]) {
        guard let operation = replications[token], !operation.isCheckingBlock,
            case .replicate(let batch) = operation.request.kind, let people = batch.recipient.people
        else { return }
        replications[token]?.isCheckingBlock = true
        read(people, for: .block(token), now: now, into: &actions)
    }

    /// What is decided is known. When there is no block, or it could not be read, the owners that said so are asked again in time.
    mutating func blockKnown(
        _ token: GatewayToken, _ answer: RegisterAnswer, now: Instant, into actions: inout [ShardAction]
    ) {
        guard let index = replications.index(forKey: token) else { return }
        replications.values[index].isCheckingBlock = false
        var operation = replications.values[index]
        guard case .replicate(let batch) = operation.request.kind, let last = batch.messages.last, let ring,
            let sender = batch.sender.user, GatewayMachine.isBlocked(sender, in: answer)
        else { return }
        replications.remove(at: index)
        let fresh = newToken()
        // Under another token: who has kept the messages meanwhile has not counted them as dropped.
        operation.request.kind = .replicate(
            .init(
                token: fresh, recipient: batch.recipient, sender: batch.sender, key: batch.key, floor: last.number,
                messages: []))
        operation.begin(again: fresh, under: ring, askAgainAt: now + GatewayMachine.patience)
        replications[fresh] = operation
        for owner in operation.owners { actions.append(.send(owner, .request(operation.request))) }
    }

    private static func isBlocked(_ sender: UserName, in answer: RegisterAnswer) -> Bool {
        guard case .value(let value) = answer else { return false }
        do throws(ByteReaderError) {
            return try People(decoding: value).has(sender, on: .blocked)
        } catch {
            return false
        }
    }
}
