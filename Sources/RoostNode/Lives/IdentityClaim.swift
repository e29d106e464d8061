import RoostCore

/// A living process that goes by a node's identity: it has answered at this address just now. News of the past is no claim.
public struct IdentityClaim: Equatable, Sendable {
    /// Where it answered, or for the process itself where it is to be found.
    public var address: String
    /// Its boot counter.
    public var boot: BootCounter
    /// Drawn when it started.
    public var process: UInt64

    /// Makes a claim.
    public init(address: String, boot: BootCounter, process: UInt64) {
        self.address = address
        self.boot = boot
        self.process = process
    }

    /// Whether this process has to go because another claims its identity.
    ///
    /// The one at the address that the ring names stays. Where neither is there, the higher boot counter goes: a copy of a
    /// running node's directory has been opened once more than the original; and where a copy of an older state has been
    /// opened less often, its peers remember more of it and refuse it besides, so that at worst both go and none serves
    /// what is not whole.
    /// - Parameters:
    ///   - other: what answered.
    ///   - ringAddress: where the ring in force says that the node is.
    /// - Returns: true for exactly one of the two, if both know of each other.
    public func hasToGo(because other: IdentityClaim, ringAddress: String?) -> Bool {
        guard other.process != process else { return false }
        if address == ringAddress { return false }
        if other.address == ringAddress { return true }
        return (boot, process) > (other.boot, other.process)
    }

    /// Where a process that starts has to look for another of its identity before it says a word: where the ring names
    /// the node, and where it was when the directory was used last, if that is elsewhere than here.
    public static func suspectAddresses(own: String, ring: String?, last: String?) -> [String] {
        var addresses: [String] = []
        for address in [ring, last].compactMap({ $0 }) where address != own && !addresses.contains(address) {
            addresses.append(address)
        }
        return addresses
    }
}
