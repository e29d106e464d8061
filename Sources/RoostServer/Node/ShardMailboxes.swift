import NIOCore
import RoostCore
import RoostNode
import RoostTransport

/// Brings questions about mailboxes to the shards, each user's to the same.
struct ShardMailboxes: MailboxService {
    let shards: [ShardShell]

    func ask(_ request: MailboxRequest) async -> MailboxAnswer {
        let shard = shards[SlotCount.standard.slot(of: request.user.text).shard(of: shards.count)]
        return await withCheckedContinuation { continuation in
            shard.loop.execute {
                shard.ask(request) { continuation.resume(returning: $0) }
            }
        }
    }
}
