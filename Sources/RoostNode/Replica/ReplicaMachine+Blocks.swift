import RoostCore

/// Messages of blocked senders.
///
/// A replica that knows of a block keeps nothing and says so; it may be behind, or ahead with a change that never came to be,
/// so it does not drop anything on its own. The gateway reads what is decided, and has the owners count the numbers as such
/// that were never for this mailbox: the stream goes on behind them, whenever the block ends.
extension ReplicaMachine {
    /// A user's contacts and blocks have changed.
    mutating func takePeople(_ key: Address, of slot: Slot, _ value: [UInt8]) {
        guard let user = UserName(String(key.placeText)), Address(user).people == key else { return }
        do throws(ByteReaderError) {
            let people = try People(decoding: value)
            let index = enter(Address(user), of: slot)
            entries.values[index].blocked = Set(people.blocked.map { Address($0) })
        } catch {
            // A later version's: what is known stays.
        }
    }
}

extension ReplicaMachine.Entry {
    /// Why nothing of a batch is kept here; `nil` when it may be.
    func refusal(of batch: ReplicaRequest.Replicate) -> GatewayReply.Refusal? {
        if isGone { return .unknownUser }
        return !batch.messages.isEmpty && blocked.contains(batch.sender) ? .blocked : nil
    }
}
