import ArgumentParser
import Foundation
import RoostCore

/// The times at which messages are meant to be sent, which do not depend on how the servers do.
struct Arrivals: Sendable {
    enum Spacing: String, CaseIterable, ExpressibleByArgument, Codable, Sendable {
        /// As many independent people make them: a Poisson process.
        case poisson
        /// One like the other.
        case fixed
    }

    private let spacing: Spacing
    private let meanNanoseconds: Double
    private var random: SeededRandom
    private var at: Double
    /// When the next message is meant to be sent, by the clock that the beginning was read from.
    private(set) var next: UInt64

    init(_ spacing: Spacing, perSecond rate: Double, from start: UInt64, seed: UInt64) {
        self.spacing = spacing
        meanNanoseconds = 1e9 / rate
        random = SeededRandom(seed: seed)
        at = Double(start)
        next = start
        advance()
    }

    /// Takes the next one, which is for one of `count` senders.
    mutating func take(of count: Int) -> (at: UInt64, sender: Int) {
        defer { advance() }
        return (next, random.below(count))
    }

    private mutating func advance() {
        switch spacing {
        case .poisson: at += -log(Double.random(in: Double.ulpOfOne...1, using: &random)) * meanNanoseconds
        case .fixed: at += meanNanoseconds
        }
        next = UInt64(at)
    }
}
