import Logging
import NIOCore
import RoostCore
import Synchronization

/// Keeps a server channel that is out of file descriptors from spinning.
///
/// A failed `accept` leaves NIO's channel registered for reading, and the connection that waits makes it readable
/// again at once: NIO's own `AcceptBackoffHandler` holds back reads that nobody asks for, while the loop, and every
/// client on it, turns idly. This handler takes the channel out of the selector for a while.
final class AcceptPause: ChannelInboundHandler, Sendable {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private let logger: Logger
    private let pause: TimeAmount

    init(pause: TimeAmount = .roost(Limits.acceptPause), logger: Logger) {
        self.pause = pause
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError else { return context.fireErrorCaught(error) }
        setAccepting(false, context.channel)
        logger.warning("cannot accept another client for now", metadata: ["error": "\(error)"])
        let channel = context.channel
        context.eventLoop.assumeIsolated().scheduleTask(in: pause) { self.setAccepting(true, channel) }
    }

    private func setAccepting(_ isAccepting: Bool, _ channel: any Channel) {
        do {
            try channel.syncOptions?.setOption(.autoRead, value: isAccepting)
        } catch {
            logger.debug("the listener is closed", metadata: ["error": "\(error)"])
        }
    }
}

/// Puts an ``AcceptPause`` before the handlers of a listener when its first connection comes, which is the first time
/// that hummingbird shows the listener.
final class ListenerGuard: Sendable {
    private let isPlaced = Atomic<Bool>(false)

    /// On the connection's loop, which need not be the listener's.
    func place(on listener: (any Channel)?, logger: Logger) {
        guard let listener, !isPlaced.exchange(true, ordering: .relaxed) else { return }
        listener.pipeline.addHandler(AcceptPause(logger: logger), position: .first).whenFailure { error in
            logger.debug("the listener closed with its first connection", metadata: ["error": "\(error)"])
        }
    }
}
