/** One file to jest, which for each loads aws-cdk-lib and its validator anew: that takes longer than these syntheses. */
import './stack/release';
import './stack/alert-topic';
import './stack/exceptions';
import './stack/grants';
import './stack/operations';
import './stack/permissions';
import './stack/pipeline';
import './stack/reuse';
import './stack/several-detectors';
import './stack/sources';
import './stack/trail-source';
