import RoostCore

/// How fast the gossip is and how sure it wants to be. The defaults are those of HashiCorp's memberlist for a local
/// network, which Lifeguard (arXiv 1707.00788) was measured with, where nothing else is said.
public struct MembershipSettings: Equatable, Sendable {
    /// One member is probed in each: the traffic a node makes does not grow with the cluster.
    public var probeInterval = TimeSpan.seconds(1)
    /// From a ping to asking others to ping: many round trips of a data centre. What is left of the interval is for them.
    public var probeTimeout = TimeSpan.milliseconds(500)
    /// From a ping on behalf of another to the word that nothing came back: four fifths of the timeout, so that the word
    /// arrives within the asker's interval.
    public var nackDelay = TimeSpan.milliseconds(400)
    /// How many others are asked to ping a silent member: three paths all lost by chance is rare.
    public var indirectProbes = 3
    /// The worst health a node gives itself: it then probes eight times slower.
    public var healthScoreMax = 7
    /// Shortest suspicion is this many probe intervals, times log10 of the members: time for a rumour to reach the
    /// suspect and for the answer to come back.
    public var suspicionMultiplier = 4
    /// A suspicion that nobody else shares lasts this many times longer: the fault may be the accuser's.
    public var suspicionMaxMultiplier = 6
    /// Independent accusers after which the suspicion is at its shortest.
    public var suspicionConfirmations = 2
    /// Between the rounds of rumours while there are any: news is through a thousand members in about two seconds.
    public var gossipInterval = TimeSpan.milliseconds(200)
    /// How many members are told in one round.
    public var gossipFanOut = 3
    /// A rumour is told this many times, times the digits of the number of members.
    public var retransmitMultiplier = 4
    /// Between the attempts of a node that knows nobody to reach its seeds.
    public var contactIntervalAlone = TimeSpan.seconds(1)
    /// Between the attempts to reach silent seeds and dead members of the ring, which heal a partition: one small
    /// datagram to at most ``gossipFanOut`` of them.
    public var contactInterval = TimeSpan.seconds(10)
    /// Between the readings of the whole list of one other member, after one that held news: many nodes that start at
    /// once tell their rumours before they know each other.
    public var listIntervalMin = TimeSpan.seconds(1)
    /// The same in quiet times. It doubles from one to the other while there is no news.
    public var listIntervalMax = TimeSpan.seconds(30)
    /// How long one page of a list is waited for.
    public var pageTimeout = TimeSpan.milliseconds(500)
    /// How often a page is asked for.
    public var pageAttempts = 3
    /// How long a dead node that is not in the ring is remembered: longer than any rumour of it is told.
    public var deadRetention = TimeSpan.seconds(60)

    /// The defaults.
    public init() {}
}
