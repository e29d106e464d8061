import NIOCore
import RoostCore
import RoostNode

/// What the links of one event loop tell the node. Every call is made on that loop.
public protocol PeerPortDelegate: AnyObject, Sendable {
    /// How this node introduces itself to another, asked anew for each link.
    func hello(to peer: NodeID) -> PeerHello
    /// A node has introduced itself, at either end of a link.
    func judge(_ hello: PeerHello) -> PeerVerdict
    /// How far this node's log is on stable storage, for whom it is linked to.
    var durablePosition: UInt64 { get }
    /// A node that keeps a link to this one has said how far its log is.
    func heard(position: UInt64, of peer: PeerHello)
    /// A message about users' data came.
    func received(_ message: PeerMessage, from peer: NodeID)
    /// A message about the ring came.
    func received(_ message: ControlMessage, from peer: NodeID)
    /// Everything that one read delivered has been passed on.
    func peerReadCycleEnded()
    /// A link to a node stands.
    func linkUp(to peer: PeerHello)
    /// The link to a node is down; it is tried again by itself.
    func linkDown(to peer: NodeID)
    /// Something was wrong with a peer's bytes, or with whom a link reached: for the log and a counter.
    func peerMisbehaved(_ address: String, _ text: String)
}
