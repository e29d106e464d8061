import RoostCore

/// The timing of the gossip. The defaults are those of memberlist for a local network, which follow the Lifeguard paper.
public struct MembershipSettings: Equatable, Sendable {
    /// Between two probes: the protocol period of SWIM.
    public var probeInterval = TimeSpan.seconds(1)
    /// How long a probed node may take before others are asked to probe it.
    public var probeTimeout = TimeSpan.milliseconds(400)
    /// How many others are asked: k of SWIM.
    public var indirectProbes = 3
    /// Between two rounds of gossip, while there is news.
    public var gossipInterval = TimeSpan.milliseconds(200)
    /// Nodes told in a round of gossip.
    public var gossipFanOut = 3
    /// An item of news is sent this many times log2 of the cluster's size.
    public var retransmitMultiplier = 3
    /// The shortest suspicion, in probe intervals times log10 of the cluster's size: alpha of Lifeguard.
    public var suspicionMultiplier: UInt64 = 3
    /// The longest suspicion, in shortest ones: beta of Lifeguard.
    public var suspicionMaxMultiplier: UInt64 = 5
    /// The worst local health: how many times slower an unhealthy node probes, less one. S of Lifeguard.
    public var healthMax: UInt64 = 8
    /// Between two calls on the seeds, once somebody is known.
    public var seedInterval = TimeSpan.seconds(10)

    /// The defaults.
    public init() {}
}
