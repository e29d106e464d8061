import RoostCore
import RoostNemesis
import Testing

@Suite struct StallGaugeTests {
    private func at(_ seconds: UInt64) -> Instant { .zero + .seconds(seconds) }

    @Test func `the longest wait between two steps, the one under way included`() {
        var gauge = StallGauge()
        gauge.beganToWait(at(1))
        gauge.progressed(at(3), isWaiting: true)
        gauge.progressed(at(4), isWaiting: true)
        #expect(gauge.longestStall(at(5)) == .seconds(2))
        #expect(gauge.longestStall(at(9)) == .seconds(5))
    }

    @Test func `who has nothing to wait for does not stall`() {
        var gauge = StallGauge()
        gauge.beganToWait(at(1))
        gauge.progressed(at(2), isWaiting: false)
        #expect(gauge.longestStall(at(60)) == .seconds(1))
        #expect(gauge.isMoving)
    }

    @Test func `a stall that is under way counts from the opening`() {
        var gauge = StallGauge()
        gauge.beganToWait(at(1))
        gauge.open(at(10))
        #expect(!gauge.isMoving)
        #expect(gauge.longestStall(at(13)) == .seconds(3))
        gauge.progressed(at(14), isWaiting: true)
        #expect(gauge.isMoving)
        #expect(gauge.longestStall(at(14)) == .seconds(4))
    }
}
