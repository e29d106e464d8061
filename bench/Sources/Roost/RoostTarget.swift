import NIOCore
import RoostClient
import RoostWire

/// Nodes of Roost, and the relay that speaks the same frames.
struct RoostTarget: LoadTarget {
    let encoding: ClientEncoding

    var tellsSent: Bool { true }
    var bodyForm: LoadBody.Form { .bytes }

    func connect(_ sender: LoadSender, _ plan: PairPlan, on loop: any EventLoop) -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(sender, eventLoop: loop)
        return ClientSocket.connect(
            .init(address: plan.senderNode, token: plan.sender.token, encoding: encoding), on: loop
        ) { socket in
            RoostSenderLink(socket, plan: plan, sender: bound.value)
        }
    }

    func connect(_ receiver: LoadReceiver, _ plan: PairPlan, on loop: any EventLoop) -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(receiver, eventLoop: loop)
        return ClientSocket.connect(
            .init(address: plan.receiverNode, token: plan.receiver.token, encoding: encoding), on: loop
        ) { socket in
            RoostReceiverLink(socket, plan: plan, receiver: bound.value)
        }
    }
}
