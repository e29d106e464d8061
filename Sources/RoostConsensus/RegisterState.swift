import RoostCore

/// One acceptor's part of one register.
///
/// The rules of single-decree Paxos (Lamport, "Paxos Made Simple", 2001), used as a register by letting each decided
/// value be the ground of the next (Rystsov, "CASPaxos: Replicated State Machines without logs", 2018). Both functions return
/// the state to keep beside the reply: the caller must have it on disk BEFORE it sends the reply. A positive reply stands for
/// every life of the node, not for this process. For the same reason a ``RegisterReader`` may be told only what is on disk.
public struct RegisterState: Equatable, Sendable {
    /// No ballot below this is taken any more.
    public var promised: Ballot
    /// The ballot under which `value` was accepted; ``Ballot/zero`` for none.
    public var accepted: Ballot
    /// The value; empty for none.
    public var value: [UInt8]

    /// Makes a state; without arguments that of an acceptor that has seen nothing.
    public init(promised: Ballot = .zero, accepted: Ballot = .zero, value: [UInt8] = []) {
        self.promised = promised
        self.accepted = accepted
        self.value = value
    }

    /// What an acceptor answers to a `prepare`.
    public enum PrepareReply: Equatable, Sendable {
        /// It will take nothing below the ballot; this is what it accepted before.
        case promised(accepted: Ballot, value: [UInt8])
        /// It has promised this ballot, which is higher, or the ballot asked for is not usable.
        case conflict(promised: Ballot)
    }

    /// What an acceptor answers to an `accept`.
    public enum AcceptReply: Equatable, Sendable {
        /// It has accepted.
        case accepted
        /// It has promised this ballot, which is higher, or the ballot asked for is not usable.
        case conflict(promised: Ballot)
    }

    /// Phase one. A ballot that was promised already is promised again, for the reply may have been lost.
    public func preparing(_ ballot: Ballot) -> (state: RegisterState, reply: PrepareReply) {
        guard ballot.isUsable, ballot >= promised else { return (self, .conflict(promised: promised)) }
        var state = self
        state.promised = ballot
        return (state, .promised(accepted: accepted, value: value))
    }

    /// Phase two. A ballot that was accepted already is accepted again, for the reply may have been lost.
    public func accepting(_ ballot: Ballot, value: [UInt8]) -> (state: RegisterState, reply: AcceptReply) {
        guard ballot.isUsable, ballot >= promised else { return (self, .conflict(promised: promised)) }
        return (RegisterState(promised: ballot, accepted: ballot, value: value), .accepted)
    }

    /// What an acceptor knows that has taken over from another: the highest promise of both, and what was accepted last. It may
    /// stand in for either, for it takes nothing that one of them would refuse.
    public func merged(with other: RegisterState) -> RegisterState {
        let last = other.accepted > accepted ? other : self
        return RegisterState(promised: max(promised, other.promised), accepted: last.accepted, value: last.value)
    }

    /// The bytes of the state.
    public func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: value.count + 64)
        for ballot in [promised, accepted] {
            writer.writeVarint(ballot.round)
            writer.write(ballot.proposer)
        }
        writer.writeBytes(value)
        return writer.bytes
    }

    /// Longest value: a group of a thousand members with long names.
    public static let valueBytesMax = 80 * 1024

    /// Reads what ``encode()`` writes.
    ///
    /// Throws when the bytes cannot be read, and for ballots that no acceptor can have taken.
    public init(decoding bytes: [UInt8], valueBytesMax: Int = valueBytesMax) throws(ByteReaderError) {
        var reader = ByteReader(bytes)
        promised = Ballot(round: try reader.readVarint(), proposer: try reader.readUniqueID())
        accepted = Ballot(round: try reader.readVarint(), proposer: try reader.readUniqueID())
        value = try reader.readBytes(limit: valueBytesMax)
        try reader.finish()
        guard promised == .zero || promised.isUsable else { throw .invalidValue(field: "promised ballot") }
        guard accepted <= promised, accepted == .zero || accepted.isUsable else {
            throw .invalidValue(field: "accepted ballot")
        }
    }
}
