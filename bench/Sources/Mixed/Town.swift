import Foundation
import Histogram
import NIOCore
import RoostClient
import RoostCore

/// The people of one event loop, and what makes them write. Everything happens on that loop.
final class Town {
    let loop: any EventLoop
    let nodes: [NodeAddress]
    let plan: TownPlan
    let padding: [UInt8]
    var random: SeededRandom
    var counts = TownCounts()
    /// Microseconds from writing a message to its `sent`.
    var sentLatency = Town.histogram
    /// The same to the tick that says that a device of the reader has stored it; of readers who are away, too.
    var deliveredLatency = Town.histogram
    /// The same to its being shown to somebody who was there, from one person and in a group.
    var shownLatency = Town.histogram
    var shownInGroupsLatency = Town.histogram
    private(set) var people: [Townsman] = []
    private let leavingPercent: Double
    private var arrivals: Arrivals?
    private var clock: RepeatedTask?
    private var wakers: RepeatedTask?

    /// Of ten messages so many are announced by typing, half a second before.
    private static let typedOfTen = 3
    private static let typingTime = TimeAmount.milliseconds(500)
    /// How often what has come is written, and how often people look at the clock.
    private static let tick = TimeAmount.milliseconds(2)
    private static let wakeInterval = TimeAmount.milliseconds(100)

    private static var histogram: Histogram<UInt64> {
        Histogram(highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .three)
    }

    init(loop: any EventLoop, nodes: [NodeAddress], plan: TownPlan, bytes: Int, leavingPercent: Double, seed: UInt64) {
        self.loop = loop
        self.nodes = nodes
        self.plan = plan
        self.leavingPercent = leavingPercent
        random = SeededRandom(seed: seed)
        var padding = SeededRandom(seed: seed &+ 1)
        self.padding = (0..<max(0, bytes - TownMessage.headerBytes)).map { _ in
            UInt8(truncatingIfNeeded: padding.next())
        }
    }

    func add(_ index: Int) -> Townsman {
        let townsman = Townsman(index: index, town: self)
        people.append(townsman)
        return townsman
    }

    var ready: Int { people.count { $0.isReady } }

    /// Clocks run from now on, without which a client neither pings nor tries again.
    func startClocks() {
        let bound = NIOLoopBound(self, eventLoop: loop)
        wakers = loop.scheduleRepeatedTask(initialDelay: Town.wakeInterval, delay: Town.wakeInterval) { _ in
            for townsman in bound.value.people { townsman.wake() }
        }
    }

    /// The day begins.
    func begin(perSecond rate: Double, seed: UInt64) {
        guard !people.isEmpty else { return }
        for townsman in people { townsman.begin() }
        arrivals = Arrivals(.poisson, perSecond: rate, from: NIODeadline.now().uptimeNanoseconds, seed: seed)
        let bound = NIOLoopBound(self, eventLoop: loop)
        clock = loop.scheduleRepeatedTask(initialDelay: Town.tick, delay: Town.tick) { _ in
            bound.value.writeWhatHasCome()
        }
    }

    /// Nobody writes any more, and all come back.
    func settle() {
        clock?.cancel()
        arrivals = nil
        for townsman in people { townsman.settle() }
    }

    func close() {
        wakers?.cancel()
        for townsman in people { townsman.client.close() }
    }

    /// How long somebody stays: so that the wanted share leaves in a second.
    func stay() -> TimeSpan {
        guard leavingPercent > 0 else { return .seconds(1 << 30) }
        let mean = 100 / leavingPercent
        return .milliseconds(UInt64(-log(Double.random(in: Double.ulpOfOne...1, using: &random)) * mean * 1000))
    }

    /// How long somebody is away.
    func absence() -> TimeSpan { .milliseconds(UInt64(2000 + random.below(6000))) }

    private func writeWhatHasCome() {
        let now = NIODeadline.now().uptimeNanoseconds
        while let next = arrivals?.next, next <= now, let arrival = arrivals?.take(of: people.count) {
            // Who is away does not write; the next who is there does.
            let order = (0..<people.count).lazy.map { self.people[(arrival.sender + $0) % self.people.count] }
            if let townsman = order.first(where: { $0.client.isOnline }) { letWrite(townsman) }
        }
    }

    private func letWrite(_ townsman: Townsman) {
        let conversation = choose(for: townsman.index)
        guard let address = address(of: conversation) else { return }
        switch conversation {
        case .person: counts.toPeople += 1
        case .circle(let index):
            if plan.circles[index].members.count <= TownPlan.smallSize {
                counts.toSmallCircles += 1
            } else {
                counts.toLargeCircles += 1
            }
        }
        guard random.below(10) < Town.typedOfTen else { return townsman.write(to: conversation, at: address) }
        townsman.type(to: address)
        let bound = NIOLoopBound(townsman, eventLoop: loop)
        loop.scheduleTask(in: Town.typingTime) { bound.value.write(to: conversation, at: address) }
    }

    /// Of a hundred messages 80 go to one person, 15 to a small group and 5 to a large one.
    private func choose(for person: Int) -> Conversation {
        let drawn = random.below(100)
        let circles = drawn < 80 ? [] : drawn < 95 ? plan.smallCircles[person] : plan.largeCircles[person]
        if !circles.isEmpty { return .circle(circles[random.below(circles.count)]) }
        let contacts = plan.contacts[person]
        return .person(contacts[random.below(contacts.count)])
    }

    private func address(of conversation: Conversation) -> Address? {
        switch conversation {
        case .person(let index): Address(plan.people[index].user)
        case .circle(let index): plan.circles[index].address
        }
    }
}
