import NIOCore
import NIOPosix

/// The threads of a run.
enum EventLoops {
    /// Starts as many loops, each on a thread of its own, and ends them when `body` has, however it ends.
    static func with<Result: Sendable>(
        _ count: Int, _ body: ([any EventLoop]) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        do {
            let result = try await body(Array(group.makeIterator()))
            try await group.shutdownGracefully()
            return result
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }
}
