import NIOCore
import RoostCore

/// A kind of server as the load sees it: how the two ends of a pair connect, and what its protocol can say.
///
/// The ends speak the protocol through a link each; the load above them is the same for every server.
protocol LoadTarget: Sendable {
    /// Whether the server itself tells the sender that it has taken a message, besides the receiver's receipt.
    var tellsSent: Bool { get }
    /// What the protocol carries.
    var bodyForm: LoadBody.Form { get }

    /// Connects the sending end on its loop; it is told as soon as it may send. Called on the loop.
    func connect(_ sender: LoadSender, _ plan: PairPlan, on loop: any EventLoop) -> EventLoopFuture<Void>
    /// Connects the receiving end on its loop; it is told as soon as messages reach it. Called on the loop.
    func connect(_ receiver: LoadReceiver, _ plan: PairPlan, on loop: any EventLoop) -> EventLoopFuture<Void>
}

/// The sending end of a pair in one protocol. It tells its ``LoadSender`` what the server says.
protocol SenderLink: AnyObject {
    /// Writes a message to the receiver of the pair; it goes out with the read cycle or the next ``flush()``.
    func send(_ number: StreamNumber, _ body: [UInt8], isRetry: Bool)
    func flush()
    func close()
}

/// The receiving end of a pair in one protocol. It hands messages to its ``LoadReceiver`` and answers them.
protocol ReceiverLink: AnyObject {
    func close()
}
