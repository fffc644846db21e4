/**
 * Words of a plain question that say nothing of what is asked for: those that join others, those of who asks ("show me the
 * best"), of what such papers are about ("reduce", "fewer", "speed up"), and of papers as such. Most of them are in
 * titles, too; beside others they are found there without being asked for. The same are in catalog/query/joining.py.
 */
export const JOINING = new Set(
  (
    "a about across add adding after all along already also although am among an and another any anything applied apply applying " +
    "are around as asking at available based be because been before being best better between both but by can cheap cheaper " +
    "combine combined combining could cut cuts cutting deal dealing decrease decreasing did different do does doing done " +
    "during each easily either ever every everything existing fewer find finding for from further get gets getting give given " +
    "gives good great had handle has have having help helps here how i improve improved improving in instead into is it its " +
    "itself know latest let lets look looking looks lot lots lower lowering made make makes making many may me mentioned " +
    "might most much must my need needed needing needs new newer newest not number of often oldest on only or other others our over " +
    "please popular published quick quicker quickly rather recent recently recommend recommended reduce reduced reduces " +
    "reducing same save saves saving several should show showing shows shrink shrinking since some something sota speed " +
    "speeding speedup such suggest tell than that the their them there these they thing things this those through to together " +
    "toward towards try trying under up upon us use used useful uses using various versus via vs want wants was way ways we " +
    "well were what whatever when where whether which while who whose why wise with within without would " +
    "algorithm algorithms approach approaches article articles list literature method methods paper papers publication " +
    "publications research strategies strategy studies study technique techniques work works"
  ).split(" "),
);
