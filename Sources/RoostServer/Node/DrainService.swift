import Logging
import NIOCore
import ServiceLifecycle

/// Waits for the end, which is a signal, the node's own removal, or that it must not serve, and sends the clients elsewhere before the port closes.
struct DrainService: Service {
    let control: ControlShell
    let shards: [ShardShell]
    let spreadMilliseconds: UInt32
    let logger: Logger

    func run() async throws {
        for await _ in control.ends.cancelOnGracefulShutdown() { break }
        logger.notice("stopping: clients are sent elsewhere")
        try await control.loop.submit { control.drain() }.get()
        for shard in shards {
            try await shard.loop.submit {
                shard.drain(reason: "this node is stopping", spreadMilliseconds: spreadMilliseconds)
            }.get()
        }
    }
}
