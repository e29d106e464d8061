import NIOCore

/// What the connections of one event loop share: the delegate, and buffers so that a message allocates none.
///
/// Used on its loop only; it is `Sendable` unchecked because the port holds the one of each loop from the start.
final class ClientPortLoop: @unchecked Sendable {
    let eventLoop: any EventLoop
    let delegate: any ClientPortDelegate
    /// Room for the message that is being handled.
    var scratch = ByteBuffer()
    private var spareBuffers: [ByteBuffer] = []
    private var nextID: UInt64

    /// A spare buffer keeps its room; larger ones are let go.
    private static let spareBytesMax = 16 * 1024
    /// With the size above, 1 MiB a loop.
    private static let sparesMax = 64

    init(eventLoop: any EventLoop, index: Int, delegate: any ClientPortDelegate) {
        self.eventLoop = eventLoop
        self.delegate = delegate
        nextID = UInt64(index) << 48 | 1
    }

    /// A number that no other connection of the process has had.
    func makeID() -> UInt64 {
        defer { nextID += 1 }
        return nextID
    }

    /// An empty buffer to collect frames in.
    func takeBuffer() -> ByteBuffer {
        spareBuffers.popLast() ?? ByteBuffer()
    }

    /// Takes a buffer back that has been written, unless the channel still holds it.
    func giveBack(_ buffer: consuming ByteBuffer) {
        guard spareBuffers.count < ClientPortLoop.sparesMax, buffer.storageCapacity <= ClientPortLoop.spareBytesMax,
            buffer.modifyIfUniquelyOwned({ $0.clear() }) != nil
        else { return }
        spareBuffers.append(buffer)
    }
}
