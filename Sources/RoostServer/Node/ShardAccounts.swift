import NIOCore
import RoostCore
import RoostNode
import RoostTransport

/// Brings account requests to the shards: each name always to the same, so that rounds on one register seldom collide.
struct ShardAccounts: AccountService {
    let shards: [ShardShell]

    func perform(_ request: AccountRequest) async -> AccountAnswer {
        let name =
            switch request {
            case .change(let name, _), .read(let name): name
            }
        let shard = shards[SlotCount.standard.slot(of: name.text).shard(of: shards.count)]
        return await withCheckedContinuation { continuation in
            shard.loop.execute {
                shard.request(request) { continuation.resume(returning: $0) }
            }
        }
    }
}
