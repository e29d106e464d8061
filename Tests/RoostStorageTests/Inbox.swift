import Foundation
import RoostCore
import RoostStorage
import Testing

/// Stands for the shards: takes what the log tells them, in order.
final class Inbox: @unchecked Sendable {
    // `@unchecked`: the members are touched under `condition` alone.

    private let condition = NSCondition()
    private var waiting: [(shard: Int, completion: LogCompletion)] = []
    private var handOvers = 0

    func deliver(_ shard: Int, _ completions: [LogCompletion]) {
        condition.lock()
        waiting += completions.map { (shard, $0) }
        handOvers += 1
        condition.broadcast()
        condition.unlock()
    }

    /// How often anything was handed over.
    var handOverCount: Int {
        condition.lock()
        defer { condition.unlock() }
        return handOvers
    }

    /// The next thing told; `nil` when nothing comes within `seconds`.
    func next(within seconds: Double = 10) -> (shard: Int, completion: LogCompletion)? {
        condition.lock()
        defer { condition.unlock() }
        let deadline = Date(timeIntervalSinceNow: seconds)
        while waiting.isEmpty {
            guard condition.wait(until: deadline) else { return nil }
        }
        return waiting.removeFirst()
    }

    /// The next thing told, if it is there already.
    func nextNow() -> (shard: Int, completion: LogCompletion)? { next(within: 0) }

    /// Expects the next thing to be the answer to an append.
    func appended(_ token: UInt64, sourceLocation: SourceLocation = #_sourceLocation) throws -> [LogLocation] {
        let next = try #require(self.next(), sourceLocation: sourceLocation)
        guard case .appended(token, let locations) = next.completion else {
            Issue.record("\(next) is not the answer to append \(token)", sourceLocation: sourceLocation)
            return []
        }
        return locations
    }

    /// Expects the next thing to be the answer to a read.
    func bodies(_ token: UInt64, sourceLocation: SourceLocation = #_sourceLocation) throws -> [[UInt8]?] {
        let next = try #require(self.next(), sourceLocation: sourceLocation)
        guard case .read(token, let bodies) = next.completion else {
            Issue.record("\(next) is not the answer to read \(token)", sourceLocation: sourceLocation)
            return []
        }
        return bodies
    }
}
