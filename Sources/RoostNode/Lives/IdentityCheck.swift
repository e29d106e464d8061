import RoostCore

/// Looks whether another living process goes by a node's identity: where to ask, and what follows from an answer.
public struct IdentityCheck: Equatable, Sendable {
    /// The node.
    public let node: NodeID
    /// This process.
    public let own: IdentityClaim
    /// Where the ring says that the node is; `nil` for one that is in none.
    public let ringAddress: String?

    /// Makes a check.
    public init(node: NodeID, own: IdentityClaim, ringAddress: String?) {
        self.node = node
        self.own = own
        self.ringAddress = ringAddress
    }

    /// Where another of this identity may live.
    /// - Parameter other: where the directory served last, or where somebody is said to claim the identity.
    /// - Returns: addresses to ask at, none of them this process's own.
    public func suspects(and other: String?) -> [String] {
        IdentityClaim.suspectAddresses(own: own.address, ring: ringAddress, last: other)
    }

    /// Whether a start has to be given up for who answered: whoever it is was there first.
    public func isTaken(_ answer: PeerHello?) -> Bool {
        guard let answer else { return false }
        return answer.node == node && answer.life.process != own.process
    }

    /// Whether this process, which runs already, has to go because of who answered at an address.
    public func hasToGo(because answer: PeerHello?, at address: String) -> Bool {
        guard let answer, isTaken(answer) else { return false }
        let other = IdentityClaim(address: address, boot: answer.life.boot, process: answer.life.process)
        return own.hasToGo(because: other, ringAddress: ringAddress)
    }
}
