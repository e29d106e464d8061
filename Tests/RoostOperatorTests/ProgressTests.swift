import RoostOperator
import Testing

@Suite struct ProgressTests {
    @Test func `a rate is known after a second, over the last half minute`() {
        var meter = RateMeter()
        #expect(meter.perSecond == nil)
        meter.note(0, atSeconds: 0)
        meter.note(5, atSeconds: 0.5)
        #expect(meter.perSecond == nil)
        for second in 1...100 { meter.note(second <= 60 ? Double(second) * 10 : 600, atSeconds: Double(second)) }
        #expect(meter.perSecond == 0)
        #expect(meter.seconds(for: 1) == nil)
        #expect(meter.seconds(for: 0) == 0)
        for second in 101...131 { meter.note(600 + Double(second - 100) * 2, atSeconds: Double(second)) }
        #expect(meter.perSecond == 2)
        #expect(meter.seconds(for: 10) == 5)
    }

    @Test func `an amount that falls begins anew`() {
        var meter = RateMeter()
        meter.note(100, atSeconds: 0)
        meter.note(200, atSeconds: 10)
        meter.note(0, atSeconds: 11)
        #expect(meter.perSecond == nil)
        meter.note(3, atSeconds: 14)
        #expect(meter.perSecond == 1)
    }

    @Test func `a move says how much has arrived, how fast, and how long it takes`() {
        var view = MoveView()
        #expect(view.line() == "asking how far it is")
        view.note(Samples.progress(planned: 768, left: 768), atSeconds: 0)
        #expect(view.line() == "0 of 768 copies (0.0 %)")
        view.note(Samples.progress(planned: 768, left: 384, moving: 32), atSeconds: 4)
        #expect(view.line() == "384 of 768 copies (50.0 %), 4 s left, 96.0 copies/s, 32 on their way")
        #expect(view.line(barWidth: 4) == "██░░ 384 of 768 copies (50.0 %), 4 s left, 96.0 copies/s, 32 on their way")
        view.note(Samples.progress(planned: 768, left: 384, moving: 32, limit: 50 << 20), atSeconds: 50)
        #expect(
            view.line() == "384 of 768 copies (50.0 %), nothing arrives, 32 on their way, limited to 50 MiB/s a node")
        view.note(Samples.progress(planned: 768, left: 384, isPaused: true), atSeconds: 51)
        #expect(view.line() == "384 of 768 copies (50.0 %), paused")
        #expect(view.secondsLeft == nil)
    }

    @Test func `the time of a pause does not count once it goes on`() {
        var view = MoveView()
        view.note(Samples.progress(planned: 100, left: 100), atSeconds: 0)
        view.note(Samples.progress(planned: 100, left: 50, isPaused: true), atSeconds: 10)
        view.note(Samples.progress(planned: 100, left: 50), atSeconds: 20)
        view.note(Samples.progress(planned: 100, left: 40), atSeconds: 21)
        #expect(view.copiesPerSecond == 10)
        #expect(view.secondsLeft == 4)
    }

    @Test(
        arguments: [
            (.add("n4"), ["n1": "member", "n4": "joining"], nil),
            (.add("n4"), ["n1": "member", "n4": "leaving"], nil),
            (.add("n4"), ["n1": "member", "n4": "member"], .done),
            (.add("n4"), ["n1": "member"], .calledOff),
            (.remove("n1"), ["n1": "leaving", "n2": "member"], nil),
            (.remove("n1"), ["n2": "member"], .done),
            (.remove("n1"), ["n2": "member", "n3": "joining"], .done),
            (.remove("n1"), ["n1": "member", "n2": "member"], .calledOff),
            (.forget("n1"), ["n2": "member"], .done),
            (.acceptLoss(["n1", "n2"]), ["n2": "leaving", "n3": "member"], nil),
            (.acceptLoss(["n1", "n2"]), ["n3": "member"], .done),
            (.replace("n1", with: "n4"), ["n1": "leaving", "n4": "joining"], nil),
            (.replace("n1", with: "n4"), ["n4": "joining"], nil),
            (.replace("n1", with: "n4"), ["n4": "member"], .done),
            (.replace("n1", with: "n4"), ["n1": "member"], .calledOff),
            (.replace("n1", with: "n4"), ["n1": "leaving"], .calledOff),
            (.abort, ["n1": "member", "n4": "leaving"], nil),
            (.abort, ["n1": "member"], .done),
        ] as [(RingVerb, KeyValuePairs<String, String>, ChangeReport.Outcome?)])
    func `a change has ended when its members stand as it wanted`(
        verb: RingVerb, standings: KeyValuePairs<String, String>, end: ChangeReport.Outcome?
    ) {
        #expect(ChangeReport.Outcome.of(verb, in: Samples.progress(standings)) == end)
    }

    @Test func `while copies are left to move it has not ended`() {
        let progress = Samples.progress(planned: 10, left: 1, ["n1": "member", "n4": "member"])
        #expect(ChangeReport.Outcome.of(.add("n4"), in: progress) == nil)
        #expect(ChangeReport.Outcome.of(.abort, in: progress) == nil)
    }

    @Test func `a program reads one object a line`() throws {
        var view = MoveView()
        #expect(ProgressReport(view) == nil)
        view.note(Samples.progress(planned: 8, left: 8), atSeconds: 0)
        view.note(Samples.progress(planned: 8, left: 6, moving: 2), atSeconds: 1)
        #expect(
            try JSONLine.text("progress", ProgressReport(view))
                == #"{"progress":{"bytesPerSecond":0,"copiesPerSecond":2,"done":2,"epoch":7,"isPaused":false,"left":6,"moving":2,"planned":8,"secondsLeft":3}}"#
        )
    }

    @Test func `bytes are counted over all nodes`() {
        var view = MoveView()
        var progress = Samples.progress(planned: 8, left: 8)
        view.note(progress, atSeconds: 0)
        progress.nodes[0].bytesPulled = 3 << 20
        progress.nodes[1].bytesPulled = 1 << 20
        view.note(progress, atSeconds: 2)
        #expect(view.line() == "0 of 8 copies (0.0 %), nothing arrives, 2.0 MiB/s")
    }
}
