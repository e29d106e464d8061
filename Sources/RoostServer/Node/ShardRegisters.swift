import NIOCore
import RoostCore
import RoostNode
import RoostTransport

/// Brings requests about registers to the shards: each address always to the same, so that rounds on one register seldom collide.
struct ShardRegisters: RegisterService {
    let shards: [ShardShell]

    func perform(_ request: RegisterRequest) async -> RegisterAnswer {
        let shard = shards[SlotCount.standard.slot(of: request.address.text).shard(of: shards.count)]
        return await withCheckedContinuation { continuation in
            shard.loop.execute {
                shard.request(request) { continuation.resume(returning: $0) }
            }
        }
    }
}
